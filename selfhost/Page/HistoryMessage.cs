using System.Text.Json;

namespace Serverless.SelfHost.Page;

/// <summary>A stored message of a group, as the page gets it.</summary>
/// <param name="Offset">Its place in the hub's stream.</param>
/// <param name="Target">The client method that it called.</param>
/// <param name="Arguments">An array.</param>
/// <param name="At">When its entry was appended.</param>
internal sealed record HistoryMessage(long Offset, string Target, JsonElement Arguments, DateTimeOffset At);
