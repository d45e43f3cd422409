namespace Serverless.Connections;

/// <summary>One client's transport: bytes in, frames out. Calls of <see cref="SendAsync"/> never overlap, nor do those of <see cref="ReceiveAsync"/>;
/// the two may go on at once, and <see cref="Abort"/> may come at any time.</summary>
public abstract class ConnectionIO
{
    /// <summary>What it is called in metrics: by SignalR's word for the transport.</summary>
    public virtual string Transport => "None";

    /// <summary>Waits until the client sent something, and appends it.</summary>
    /// <param name="buffer">Takes the bytes.</param>
    /// <param name="cancellationToken">Aborts the transport.</param>
    /// <returns>Whether more may come; false once the client has ended its side.</returns>
    /// <exception cref="IOException">The transport broke.</exception>
    public abstract ValueTask<bool> ReceiveAsync(ReceiveBuffer buffer, CancellationToken cancellationToken);

    /// <summary>Sends whole frames, as many as wait, in one write.</summary>
    /// <param name="frames">Valid until the task completes.</param>
    /// <exception cref="IOException">The transport broke.</exception>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> frames);

    /// <summary>Ends the node's side in the transport's own way, after what was sent. The client then ends its own.</summary>
    public abstract ValueTask CloseAsync();

    /// <summary>Cuts the transport without a word; what waits in it ends with an error.</summary>
    public abstract void Abort();
}
