// azd runs this after it has provisioned. A shard that is no longer in the list loses its place among those whose app is known to have run: when one of its name is
// made again later, its app is new, and has no key yet that infra/ could read.
#:property PublishAot=false
#:property InvariantGlobalization=true
using System.Diagnostics;
using System.Text.Json;

const string Loop = "SERVERLESS_SHARD_LOOP";
const string Known = "SERVERLESS_UPSTREAM_SHARDS";

// set-upstream.cs provisions, and has written the list already
if (Environment.GetEnvironmentVariable(Loop) == "1")
{
    return 0;
}

if (Environment.GetEnvironmentVariable("SHARDS") is not { Length: > 0 } text)
{
    Console.Error.WriteLine("SHARDS isn't set: azd has provisioned nothing.");
    return 1;
}

using var shards = JsonDocument.Parse(text);
var names = shards.RootElement.EnumerateArray().Select(shard => shard.GetProperty("name").GetString()!);
var known = (Environment.GetEnvironmentVariable(Known) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
var stay = known.Intersect(names, StringComparer.Ordinal).ToList();
if (stay.Count == known.Length)
{
    return 0;
}

Console.WriteLine($"No longer there: {string.Join(", ", known.Except(stay, StringComparer.Ordinal))}.");
using var azd = Process.Start(new ProcessStartInfo("azd", ["env", "set", Known, string.Join(',', stay)]))!;
azd.WaitForExit();
return azd.ExitCode;
