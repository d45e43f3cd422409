namespace Serverless.Bench.Load.Wire;

/// <summary>Which connections there are and what they do.</summary>
/// <param name="Urls">Servers' addresses; connections are spread over them evenly. Loopback only.</param>
/// <param name="Connections">How many.</param>
/// <param name="Publishers">The first so many also publish.</param>
/// <param name="Groups">0: everything is a broadcast. Else each connection joins one of so many groups, and publishers send to theirs.</param>
/// <param name="Size">Of a message.</param>
internal sealed record FleetPlan(IReadOnlyList<Uri> Urls, int Connections, int Publishers, int Groups, MessageSize Size)
{
    /// <summary>The most connections: a process here has 20,000 descriptors.</summary>
    public const int MaxConnections = 15_000;

    /// <summary>How many connections get one message.</summary>
    public double ReceiversPerMessage => (double)Connections / Math.Max(1, Groups);

    public Uri UrlOf(int connection) => Urls[connection / Math.Max(1, Groups) % Urls.Count];

    public string? GroupOf(int connection) => Groups == 0 ? null : $"g{connection % Groups}";

    public bool Receives(int connection, int publisher) => Groups == 0 || connection % Groups == publisher % Groups;

    /// <exception cref="ArgumentException">It can't be done, or isn't meant to be.</exception>
    public FleetPlan Checked()
    {
        if (Urls.Count == 0 || Urls.Any(url => url.Scheme != Uri.UriSchemeHttp || !url.IsLoopback))
        {
            throw new ArgumentException("Give one or more http:// addresses of this machine: the load program doesn't leave it.");
        }

        if (Connections is < 1 or > MaxConnections)
        {
            throw new ArgumentException($"1 to {MaxConnections} connections.");
        }

        return Publishers > Connections || Publishers < Groups
            ? throw new ArgumentException("Publishers are connections too, so there can't be more of them; and each group needs one.")
            : this;
    }
}
