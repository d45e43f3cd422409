using System.Diagnostics;
using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>Waits for what another process, or another thread, is about to do.</summary>
internal static class Wait
{
    // a machine that is busy with other tests takes seconds for what takes milliseconds; only a test that fails waits this long
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks every 20 ms whether something is so; the test fails with a sentence if it isn't in the end.</summary>
    public static async Task UntilAsync(Func<Task<bool>> fact, string otherwise)
    {
        for (var waited = Stopwatch.StartNew(); !await fact(); await Task.Delay(20))
        {
            Assert.True(waited.Elapsed < Patience, otherwise);
        }
    }
}
