using Xunit;

namespace Serverless.Tests.Architecture;

internal static class Expect
{
    /// <summary>Fails with all that was found, and with what to do.</summary>
    public static void None(IEnumerable<string> found, string remedy)
    {
        List<string> all = [.. found];
        Assert.True(all.Count == 0, $"{string.Join('\n', all)}\n{remedy}");
    }
}
