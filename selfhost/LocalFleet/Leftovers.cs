namespace Serverless.SelfHost.LocalFleet;

/// <summary>Processes of a fleet that outlived it: those of a command that was killed, and nginx's workers whose master was. Linux only; elsewhere there are none to see.</summary>
internal static class Leftovers
{
    private static readonly string[] Programs = ["redis-server", "nginx", "dotnet", "Serverless.Self"];

    /// <summary>The ids of the processes of these programs that work in a folder of a fleet's data.</summary>
    public static IReadOnlyList<int> In(string data) => !Directory.Exists("/proc/self") ? [] :
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           let id = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
           where id > 0 && IsOf(folder, data)
           select id,
    ];

    private static bool IsOf(string process, string data)
    {
        try
        {
            return new FileInfo(Path.Combine(process, "cwd")).LinkTarget is { } folder
                && folder.StartsWith($"{data}/", StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(process, "comm")) is var program
                && Array.Exists(Programs, name => program.StartsWith(name, StringComparison.Ordinal));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // it has ended meanwhile, or is another user's
            return false;
        }
    }
}
