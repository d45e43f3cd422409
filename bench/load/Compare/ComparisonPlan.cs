using Serverless.Bench.Load.Measure;

namespace Serverless.Bench.Load.Compare;

/// <summary>What a comparison does to each contender, in each round.</summary>
/// <param name="Rounds">Contenders take turns so many times.</param>
/// <param name="Connections">While messages flow.</param>
/// <param name="IdleConnections">For memory.</param>
/// <param name="Publishers">Connections that publish.</param>
/// <param name="Rate">Messages per second, paced.</param>
/// <param name="Window">Messages under way per publisher, flat.</param>
/// <param name="Timing">Of the paced and the flat part each; the idle part settles for the warm-up.</param>
internal sealed record ComparisonPlan(int Rounds, int Connections, int IdleConnections, int Publishers, double Rate, int Window, Timing Timing)
{
    public static ComparisonPlan Full { get; } = new(3, 1000, 5000, 4, 50, 64, new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)));

    public static ComparisonPlan Quick { get; } =
        new(1, 200, 1000, 4, 50, 64, new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5)));
}
