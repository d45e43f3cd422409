using System.Globalization;
using System.Runtime.InteropServices;

namespace Serverless.Bench.Load.Compare;

/// <summary>What figures mean nothing without.</summary>
internal static class MachineInfo
{
    /// <param name="commandLine">What was typed after the program's name.</param>
    /// <param name="garbageCollectors">Which one the servers ran with.</param>
    public static string Describe(string commandLine, string garbageCollectors)
    {
        var memory = long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024;
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        return string.Create(CultureInfo.InvariantCulture, $"""
            {Environment.ProcessorCount} cores ({Field("/proc/cpuinfo", "model name")}), client and servers together; {memory} GiB; Linux {kernel}; {RuntimeInformation.FrameworkDescription}; GC: {garbageCollectors}.
            Commit {Repository.Commit()}; `bench/load {commandLine}`; {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC.
            """);
    }

    private static string Field(string file, string name)
    {
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "unknown" : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
