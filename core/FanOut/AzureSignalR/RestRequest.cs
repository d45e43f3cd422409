namespace Serverless.FanOut.AzureSignalR;

/// <summary>One call of the REST API. Contract, section 3.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">Percent-encoded, from <c>/api</c> on.</param>
/// <param name="Query">Percent-encoded, without the question mark.</param>
internal sealed record RestRequest(HttpMethod Method, string Path, string Query)
{
    public const string Json = "application/json";

    /// <summary>Frames by the names of hub protocols.</summary>
    public const string Frames = "application/octet-stream";

    /// <summary>Null: the body is empty.</summary>
    public string? ContentType { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }
}
