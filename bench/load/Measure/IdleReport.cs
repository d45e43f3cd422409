using System.Text.Json;

namespace Serverless.Bench.Load.Measure;

/// <summary>What open connections cost without messages; printed as one line of JSON.</summary>
/// <param name="Mode">Always <c>idle</c>.</param>
/// <param name="Connections">How many were opened.</param>
/// <param name="OpensPerSecond">Negotiation, upgrade and handshake, in parallel.</param>
/// <param name="ProportionalKibPerConnection">Growth of PSS over all server processes; the figure to compare.</param>
/// <param name="ResidentKibPerConnection">Growth of VmRSS.</param>
/// <param name="CpuPercent">Of one core, pings of both sides included.</param>
/// <param name="Ended">Connections that didn't stay.</param>
internal sealed record IdleReport(
    string Mode, int Connections, double OpensPerSecond, double ProportionalKibPerConnection, double ResidentKibPerConnection, double CpuPercent, int Ended)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
