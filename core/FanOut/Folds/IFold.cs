using Serverless.Events;

namespace Serverless.FanOut.Folds;

/// <summary>What a reader makes of a stream's events, one after the other. Not thread-safe.</summary>
internal interface IFold
{
    /// <summary>Takes in the next event.</summary>
    /// <param name="value">The event.</param>
    /// <param name="offset">Where it stands in the stream.</param>
    void Apply(Event value, long offset);

    /// <summary>The stream isn't followed any more: nothing is asked of this fold from now on.</summary>
    void End(StreamName stream)
    {
    }
}
