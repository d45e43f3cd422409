using System.Runtime.InteropServices;
using Serverless.Events;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>
/// Orders what is to be sent. Steps go one after the other; the lanes of a step go at the same time; what stands in a lane goes in order. Messages to one group, user or connection are a
/// lane. Whatever acts on more than one target, such as a message to the hub, a joining or a closing, is a step of its own: all before it is accepted first.
/// </summary>
internal static class DeliveryPlan
{
    public static IEnumerable<IReadOnlyCollection<IReadOnlyList<PlacedEvent>>> Steps(IReadOnlyList<DecodedEntry> window)
    {
        var lanes = new Dictionary<Audience, List<PlacedEvent>>();
        var isBarrier = false;
        foreach (var placed in window.SelectMany(Placed))
        {
            var target = Target(placed.Value);
            if (lanes.Count > 0 && (isBarrier || target is null) && isBarrier != target is null)
            {
                yield return lanes.Values;
                lanes = [];
            }

            isBarrier = target is null;
            ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(lanes, target ?? Audience.Hub, out _);
            (lane ??= []).Add(placed);
        }

        if (lanes.Count > 0)
        {
            yield return lanes.Values;
        }
    }

    private static IEnumerable<PlacedEvent> Placed(DecodedEntry entry)
    {
        for (var i = 0; i < entry.Events.Count; i++)
        {
            if (IsSent(entry.Events[i]))
            {
                yield return new(entry.Events[i], entry.Last with { Offset = entry.FirstOffset + i });
            }
        }
    }

    /// <summary>The rest says what happened, and asks for nothing. The endpoint was told when a membership ends, and ends it. Results can be waited for at the endpoint
    /// only: a message that asks for one is for a connection of a node.</summary>
    private static bool IsSent(Event value) =>
        value is MessageSent { Invocation: null } or StreamItemSent or StreamCompleted or GroupJoined or GroupLeft { Joined: null } or GroupsLeft or CloseRequested;

    private static Audience? Target(Event value) => value switch
    {
        MessageSent { Audience: { Kind: AudienceKind.Group or AudienceKind.User or AudienceKind.Connection } audience } => audience,
        StreamItemSent item => Audience.Connection(item.Connection),
        StreamCompleted end => Audience.Connection(end.Connection),
        _ => null,
    };
}
