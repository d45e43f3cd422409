using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Folds;
using Serverless.Log;

namespace Serverless.FanOut.Membership;

/// <summary>Reads who is in a stream as it stands now, from its snapshot and what followed it. Thread-safe.</summary>
internal sealed class RosterReader(IEventLog log, FrameCodec codec, ILogger logger)
{
    private readonly FoldReader<Roster> _reader = new(
        log,
        codec,
        new("who is in it", () => new(), (stream, snapshot) => RosterSnapshot.Decode(stream, snapshot.At.Offset, snapshot.State, codec)),
        logger);

    /// <returns>The roster, and the position of the last event in it.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public ValueTask<(Roster Roster, Position At)> ReadAsync(StreamName stream, CancellationToken cancellationToken) => _reader.ReadAsync(stream, cancellationToken);
}
