using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>A real file system of a few MiB, in memory. Mounting is root's; for others the test runs again in a namespace where they are root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    private SmallDisk(int mebibytes) => Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "none", _folder.Path);

    public string Path => _folder.Path;

    private string FillerPath => System.IO.Path.Combine(Path, "filler");

    /// <summary>Runs a test with a disk of its own.</summary>
    public static async Task RunAsync(int mebibytes, Func<SmallDisk, Task> test, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        if (!Environment.IsPrivilegedProcess)
        {
            var type = $"{typeof(SmallDisk).Namespace}.{System.IO.Path.GetFileNameWithoutExtension(file)}";
            Run("unshare", "--user", "--map-root-user", "--mount", "dotnet", typeof(SmallDisk).Assembly.Location, "-method", $"{type}.{method}");
            return;
        }

        using var disk = new SmallDisk(mebibytes);
        await test(disk);
    }

    public void Resize(int mebibytes) => Run("mount", "-o", $"remount,size={mebibytes}m", Path);

    /// <summary>Takes all room but a little.</summary>
    public void Fill(int leaveKibibytes)
    {
        using var file = new FileStream(FillerPath, FileMode.Create);
        var left = new DriveInfo(Path).AvailableFreeSpace - (leaveKibibytes * 1024L);
        for (var block = new byte[4096]; left >= block.Length; left -= block.Length)
        {
            file.Write(block);
        }
    }

    public void RemoveFiller() => File.Delete(FillerPath);

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
    }
}
