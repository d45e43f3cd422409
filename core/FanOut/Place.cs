using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>How far a reader has come.</summary>
/// <param name="At">The last event that it is done with.</param>
/// <param name="Copies">The last that it has appended to each other stream; empty where that isn't known, or nothing was.</param>
internal sealed record Place(Position At, IReadOnlyList<CopyPosition> Copies);

/// <summary>An event that a reader has appended to another stream.</summary>
internal readonly record struct CopyPosition(StreamName Stream, Position At);
