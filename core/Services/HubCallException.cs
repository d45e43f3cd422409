namespace Serverless.Services;

/// <summary>A client's call was refused. The host sends what an exception says to the client, so this one tells of no stack.</summary>
/// <param name="message">For the client: what is wrong.</param>
public sealed class HubCallException(string message) : Exception(message)
{
    /// <inheritdoc/>
    public override string? StackTrace => null;
}
