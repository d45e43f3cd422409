namespace Serverless.FanOut.AzureSignalR;

/// <summary>One call of the REST API. Contract, section 3.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">Percent-encoded, from <c>/api</c> on.</param>
/// <param name="Query">Percent-encoded, without the question mark.</param>
internal sealed record RestRequest(HttpMethod Method, string Path, string Query)
{
    /// <summary>The end of a query whose call every endpoint has.</summary>
    public const string FirstVersion = "api-version=2022-06-01";

    public const string Json = "application/json";

    /// <summary>Frames by the names of hub protocols.</summary>
    public const string Frames = "application/octet-stream";

    /// <summary>Whether every endpoint has the call: one that hasn't isn't an endpoint of this API.</summary>
    public bool IsBasic => Query.EndsWith(FirstVersion, StringComparison.Ordinal);

    /// <summary>Null: the body is empty.</summary>
    public string? ContentType { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }
}
