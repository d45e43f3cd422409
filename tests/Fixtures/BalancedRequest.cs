using System.Globalization;

namespace Serverless.Tests.Fixtures;

/// <summary>A request that went through nginx.</summary>
/// <param name="Began">When it came.</param>
/// <param name="Client">Who sent it, as it says itself.</param>
/// <param name="Method">The verb.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Status">Of the answer.</param>
/// <param name="Servers">Which servers it was given to, one after the other.</param>
internal sealed record BalancedRequest(DateTimeOffset Began, string Client, string Method, string Path, int Status, IReadOnlyList<string> Servers)
{
    public static BalancedRequest Parse(string line)
    {
        var (fields, servers) = (line.Split('"')[0].Split(' '), line.Split('"')[1]);
        var ended = double.Parse(fields[0], CultureInfo.InvariantCulture);
        var took = double.Parse(fields[1], CultureInfo.InvariantCulture);
        return new(
            DateTimeOffset.UnixEpoch.AddSeconds(ended - took),
            fields[2],
            fields[3],
            fields[4],
            int.Parse(fields[5], CultureInfo.InvariantCulture),
            servers.Split(", ", StringSplitOptions.RemoveEmptyEntries));
    }
}
