namespace Serverless.FanOut.AzureSignalR;

/// <summary>What became of a request.</summary>
internal abstract record RestAnswer
{
    private RestAnswer()
    {
    }

    /// <summary>It is done, or there was nothing to do.</summary>
    public sealed record Accepted : RestAnswer;

    /// <summary>This request won't be done, however often it is sent.</summary>
    /// <param name="IsUnknownCall">The endpoint doesn't have the call.</param>
    /// <param name="Reason">For people: the status, and what the endpoint says.</param>
    public sealed record Refused(bool IsUnknownCall, string Reason) : RestAnswer;

    /// <summary>The endpoint doesn't serve it now.</summary>
    /// <param name="Kind">Equal for like causes.</param>
    /// <param name="Reason">For people.</param>
    public sealed record Unavailable(string Kind, string Reason) : RestAnswer;
}
