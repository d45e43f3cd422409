using Serverless.Events;

namespace Serverless.Presence;

/// <summary>A result that is waited for until this is disposed of.</summary>
internal sealed class PendingResult(PendingResults owner, string invocation, ConnectionId connection) : IDisposable
{
    private readonly TaskCompletionSource<ClientResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The connection that is asked.</summary>
    public ConnectionId Connection { get; } = connection;

    /// <summary>The id that it is asked under.</summary>
    public string Invocation { get; } = invocation;

    /// <summary>Done when the client has answered or gone.</summary>
    public Task<ClientResult> Result => _result.Task;

    /// <summary>The client has answered, or can't.</summary>
    public void Set(ClientResult result) => _result.TrySetResult(result);

    /// <summary>Nobody can know any more what the client answered.</summary>
    public void Lose(Exception fault) => _result.TrySetException(fault);

    public void Dispose() => owner.Remove(this);
}
