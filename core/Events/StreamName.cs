using System.Text.RegularExpressions;

namespace Serverless.Events;

/// <summary>Names one stream: a shard of a hub, written <c>hub/shard</c>, or what a service keeps beside it under a topic, <c>hub/shard/topic</c>.</summary>
public readonly partial record struct StreamName
{
    /// <summary>The rule of <see cref="IsHub"/> in words, for faults.</summary>
    public const string HubForm = "a letter, then up to 127 of letters, digits and _`,.[].";

    /// <summary>Names a shard of a hub.</summary>
    /// <param name="hub">Any case; kept in lower case, as Azure SignalR does. Rule: <see cref="IsHub"/>.</param>
    /// <param name="shard">0 or more; a hub has one shard, 0, unless it is sharded.</param>
    /// <exception cref="ArgumentException">The hub's name breaks the rule.</exception>
    public StreamName(string hub, int shard = 0)
    {
        if (!IsHub(hub))
        {
            throw new ArgumentException($"'{hub}' is no hub name: {HubForm}", nameof(hub));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        Hub = hub.ToLowerInvariant();
        Shard = shard;
    }

    /// <summary>The hub, in lower case.</summary>
    public string Hub { get; }

    /// <summary>The shard, 0 or more.</summary>
    public int Shard { get; private init; }

    /// <summary>What a service of the hub keeps there, such as <c>documents/report</c>; null for the hub's own stream. Retention drops nothing of a topic: its service trims it
    /// when a snapshot has what went before.</summary>
    public string? Topic { get; private init; }

    /// <summary>The stream of a topic of the hub; it stands beside shard 0, whichever shard is asked.</summary>
    /// <param name="topic">At least 1 character.</param>
    public StreamName Beside(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        return this with { Shard = 0, Topic = topic };
    }

    /// <summary>Whether a name follows Azure SignalR's rule for hubs: a letter, then at most 127 of letters, digits and <c>_`,.[]</c>.</summary>
    public static bool IsHub(string? name) => name is not null && HubRule().IsMatch(name);

    /// <inheritdoc/>
    public override string ToString() => Topic is null ? $"{Hub}/{Shard}" : $"{Hub}/{Shard}/{Topic}";

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex HubRule();
}
