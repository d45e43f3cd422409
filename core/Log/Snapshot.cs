namespace Serverless.Log;

/// <summary>What a fold has made of a stream up to a position: with it, a reader begins there and not at the stream's beginning.</summary>
/// <param name="At">The last event in it.</param>
/// <param name="State">The fold's own encoding. Not changed after this was made.</param>
public sealed record Snapshot(Position At, ReadOnlyMemory<byte> State);
