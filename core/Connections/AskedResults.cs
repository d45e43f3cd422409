namespace Serverless.Connections;

/// <summary>The ids under which a client was asked for results that it hasn't given. Only those are taken from it, each once. Thread-safe.</summary>
internal sealed class AskedResults
{
    /// <summary>Only the newest are kept: a client that answers nothing costs no more.</summary>
    private const int Max = 1000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ids = [];
    private readonly Queue<string> _order = [];

    /// <summary>Notes that the client is asked.</summary>
    public void Add(string invocation)
    {
        lock (_lock)
        {
            if (_order.Count == Max)
            {
                _ids.Remove(_order.Dequeue());
            }

            _ids.Add(invocation);
            _order.Enqueue(invocation);
        }
    }

    /// <returns>Whether the client was asked, and hadn't answered.</returns>
    public bool Take(string invocation)
    {
        lock (_lock)
        {
            return _ids.Remove(invocation);
        }
    }
}
