namespace Serverless.Log;

/// <summary>An epoch and the head at which it began: its first event has the next offset.</summary>
/// <param name="Epoch">A random name, never used twice.</param>
/// <param name="Head">The offset of the last event before it; 0 for a new stream.</param>
public readonly record struct EpochBeginning(string Epoch, long Head);
