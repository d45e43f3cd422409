using System.Globalization;

namespace Serverless.Bench.Load.Measure;

/// <summary>What processes took so far, from <c>/proc</c>. Threads that ended are included.</summary>
/// <param name="Cpu">User and system time; the kernel counts in steps of 10 ms.</param>
/// <param name="ResidentKib">VmRSS.</param>
/// <param name="ProportionalKib">PSS: pages that several processes share are divided among them.</param>
internal readonly record struct ProcessUsage(TimeSpan Cpu, long ResidentKib, long ProportionalKib)
{
    // USER_HZ, the unit of /proc/<pid>/stat: 100 on every architecture that .NET runs on
    private const int TicksPerSecond = 100;

    /// <summary>The sum over processes.</summary>
    public static ProcessUsage Of(IReadOnlyList<int> pids)
    {
        var sum = default(ProcessUsage);
        foreach (var pid in pids)
        {
            sum = new(sum.Cpu + ReadCpu(pid), sum.ResidentKib + ReadKib($"/proc/{pid}/status", "VmRSS:"), sum.ProportionalKib + ReadKib($"/proc/{pid}/smaps_rollup", "Pss:"));
        }

        return sum;
    }

    /// <summary>The CPU time of all processes since the machine began, and what its host took from it.</summary>
    public static TimeSpan OfMachine()
    {
        // cpu  user nice system idle iowait irq softirq steal …
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var ticks = 0L;
        foreach (var index in (int[])[1, 2, 3, 8])
        {
            ticks += long.Parse(fields[index], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }

    private static TimeSpan ReadCpu(int pid)
    {
        // the second field is a name in parentheses, which may hold anything; user and system time are the 12th and 13th after it
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }

    private static long ReadKib(string file, string field)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidDataException($"{file} has no {field}");
    }
}
