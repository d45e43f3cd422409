using System.Globalization;

namespace Serverless.Tests.Fixtures;

/// <summary>What the kernel knows of connections on this machine.</summary>
internal static class Sockets
{
    private const string Established = "01";
    private const string CloseWait = "08";

    /// <summary>How many connections processes have open to a port here, over IPv4.</summary>
    public static int OpenTo(int port) => File.ReadLines("/proc/net/tcp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(fields => fields[3] is Established or CloseWait && int.Parse(fields[2].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) == port);
}
