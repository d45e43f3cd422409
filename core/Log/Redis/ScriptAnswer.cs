namespace Serverless.Log.Redis;

/// <summary>What the append script says of a stream.</summary>
/// <param name="Head">Its state after the script.</param>
/// <param name="More">Whether there is more to trim.</param>
/// <param name="Known">The keys that are known; with any of them, nothing was appended.</param>
internal sealed record ScriptAnswer(StreamHead Head, bool More, IReadOnlyList<KnownKey> Known);
