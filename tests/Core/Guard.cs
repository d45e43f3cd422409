namespace Serverless.Tests.Core;

/// <summary>Ends a test that would wait for ever. Never the way to pass.</summary>
internal static class Guard
{
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(60);

    public static Task<T> In<T>(this Task<T> task) => task.WaitAsync(Time);

    public static Task In(this Task task) => task.WaitAsync(Time);

    public static Task<T> In<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Time);
}
