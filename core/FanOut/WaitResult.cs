namespace Serverless.FanOut;

/// <summary>The outcome of a wait for a reader.</summary>
internal enum WaitResult
{
    /// <summary>The reader is done with the event.</summary>
    Reached,

    /// <summary>The stream lost the event: no reader comes to it.</summary>
    EventLost,

    /// <summary>It isn't yet.</summary>
    TimedOut,
}
