namespace Serverless.Log;

/// <summary>Where an event stands after its append.</summary>
/// <param name="Position">Its place.</param>
/// <param name="IsDuplicate">Whether an earlier event with its key stands there instead: then this one changed nothing.</param>
public readonly record struct StoredEvent(Position Position, bool IsDuplicate);
