namespace Serverless.SelfHost.Upstream;

/// <summary>What came of posting an event.</summary>
/// <param name="Status">The receiver's; 500 when it couldn't be asked or didn't answer, 503 when the node didn't even try.</param>
internal sealed record UpstreamAnswer(int Status)
{
    /// <summary>What an invocation was answered with.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Why the body couldn't be taken, for the client.</summary>
    public string? BodyFault { get; init; }

    /// <summary>What happened, for the log, where the status alone doesn't say.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the receiver took the event.</summary>
    public bool IsTaken => Status is StatusCodes.Status200OK or StatusCodes.Status204NoContent && BodyFault is null;
}
