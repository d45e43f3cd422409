using System.Diagnostics;
using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>Files that a test makes and runs. A process of their own writes them: what this process has open for writing, one that another test just starts holds open too, for a
/// moment, and Linux doesn't run what somebody writes ("Text file busy").</summary>
internal static class Executable
{
    /// <summary>Copies a file to where it can be run.</summary>
    public static void Copy(string source, string target)
    {
        using var install = Process.Start("install", ["-m", "700", source, target]);
        install.WaitForExit();
        Assert.Equal(0, install.ExitCode);
    }

    /// <summary>Makes a script.</summary>
    public static void Write(string target, string script)
    {
        var text = $"{target}.text";
        File.WriteAllText(text, script);
        Copy(text, target);
        File.Delete(text);
    }
}
