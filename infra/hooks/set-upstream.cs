// azd runs this after a deployment. Azure SignalR and the nodes post to the app's webhook with a key that the app makes when it first runs: once it has run,
// this provisions again, and infra/ reads the key. It does so only when a shard is new. A lost shard keeps its place in the list; one that is gone loses it.
#:property PublishAot=false
#:property InvariantGlobalization=true
using System.Diagnostics;
using System.Text.Json;

const string Loop = "SERVERLESS_SHARD_LOOP";
const string Known = "SERVERLESS_UPSTREAM_SHARDS";

// a deployment to a further shard: the outer one comes here when all have it
if (Environment.GetEnvironmentVariable(Loop) == "1")
{
    return 0;
}

if (Environment.GetEnvironmentVariable("SHARDS") is not { Length: > 0 } text)
{
    Console.Error.WriteLine("SHARDS isn't set: run azd provision first.");
    return 1;
}

using var shards = JsonDocument.Parse(text);
var before = Environment.GetEnvironmentVariable(Known) ?? "";
var known = before.Split(',', StringSplitOptions.RemoveEmptyEntries);
var listed = shards.RootElement.EnumerateArray().ToDictionary(shard => shard.GetProperty("name").GetString()!, shard => shard.GetProperty("state").GetString());
var now = listed.Where(shard => shard.Value != "lost" || known.Contains(shard.Key)).Select(shard => shard.Key).Order(StringComparer.Ordinal).ToList();
if (!now.ToHashSet().SetEquals(known) && Azd("env", "set", Known, string.Join(',', now)) is not 0 and var refused)
{
    return refused;
}

if (!now.Except(known, StringComparer.Ordinal).Any())
{
    Console.WriteLine("The upstream of all shards is set.");
    return 0;
}

if (Azd("provision", "--no-prompt") is not 0 and var failed)
{
    Console.Error.WriteLine($"azd provision ended with {failed}. The next azd deploy tries it again.");
    _ = Azd("env", "set", Known, before);
    return failed;
}

return 0;

int Azd(params string[] arguments)
{
    var start = new ProcessStartInfo("azd", arguments);
    start.Environment[Loop] = "1";
    using var azd = Process.Start(start)!;
    azd.WaitForExit();
    return azd.ExitCode;
}
