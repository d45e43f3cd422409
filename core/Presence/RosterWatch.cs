using Serverless.Events;
using Serverless.FanOut.Folds;
using Serverless.FanOut.Membership;
using Serverless.Log;

namespace Serverless.Presence;

/// <summary>Who is in a stream, and the results that are waited for in it. Not thread-safe but for the results.</summary>
internal sealed class RosterWatch(Roster roster) : IFold
{
    public Roster Roster { get; } = roster;

    public PendingResults Results { get; } = new();

    public void Apply(Event value, long offset)
    {
        Roster.Apply(value, offset);
        Results.Apply(value);
    }

    public void End(StreamName stream) =>
        Results.Lose(new LogUnavailableException(stream, "it couldn't be followed: what clients answered isn't known."));
}
