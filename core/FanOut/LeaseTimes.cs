namespace Serverless.FanOut;

/// <summary>The times of a <see cref="Lease"/>.</summary>
/// <param name="Duration">How long it lasts when it isn't renewed.</param>
/// <param name="Pause">How often it is renewed, or asked for; less than a third of <paramref name="Duration"/>.</param>
internal readonly record struct LeaseTimes(TimeSpan Duration, TimeSpan Pause)
{
    /// <summary>For work that may rest for a while.</summary>
    public static LeaseTimes Calm { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(3));
}
