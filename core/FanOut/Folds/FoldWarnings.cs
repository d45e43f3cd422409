using Microsoft.Extensions.Logging;

namespace Serverless.FanOut.Folds;

/// <summary>What those who run a node are told about folds.</summary>
internal static partial class FoldWarnings
{
    [LoggerMessage(1520, LogLevel.Warning, "An entry of stream {Stream} is damaged: what it changed of {What} is forgotten.")]
    public static partial void EntryDamaged(ILogger logger, Exception damage, string stream, string what);

    [LoggerMessage(1522, LogLevel.Warning, "The snapshot of stream {Stream} can't be gone on from ({Reason}): {What} is read from the events that are held.")]
    public static partial void SnapshotUnusable(ILogger logger, Exception? damage, string stream, string reason, string what);
}
