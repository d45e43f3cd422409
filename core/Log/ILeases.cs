using Serverless.Events;

namespace Serverless.Log;

/// <summary>Leases among the processes that share a log. A log of one process has none: whoever is there holds all. Thread-safe.</summary>
internal interface ILeases
{
    /// <summary>Takes a lease that nobody holds, or keeps one that the owner holds.</summary>
    /// <param name="stream">What it is about.</param>
    /// <param name="name">What it is for.</param>
    /// <param name="owner">The process.</param>
    /// <param name="duration">How long it lasts, from when the log has decided.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether the owner holds it.</returns>
    /// <exception cref="LogUnavailableException">It isn't known.</exception>
    ValueTask<bool> HoldAsync(StreamName stream, string name, string owner, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Gives a lease back, if the owner holds it.</summary>
    /// <exception cref="LogUnavailableException">It may last until its end.</exception>
    ValueTask ReleaseAsync(StreamName stream, string name, string owner, CancellationToken cancellationToken);
}
