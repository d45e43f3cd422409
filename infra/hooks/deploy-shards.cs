// azd runs this after it has deployed the functions app to the first shard. It waits until that shard is healthy, then deploys to the next, and so on:
// a version that doesn't work reaches one region. Lost shards are left out.
//
// SERVERLESS_HEALTH_PAUSE     seconds between two looks at a shard's health. Default 5.
// SERVERLESS_HEALTH_PATIENCE  seconds that a shard has to become healthy. Default 300.
// SERVERLESS_DEPLOY_PATIENCE  seconds that a deployment to a shard may take. Default 1800.
#:property PublishAot=false
#:property InvariantGlobalization=true
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

const string Loop = "SERVERLESS_SHARD_LOOP";
const int InARow = 3;

// the deployments below come here again: the outer one goes on
if (Environment.GetEnvironmentVariable(Loop) == "1")
{
    return 0;
}

if (Environment.GetEnvironmentVariable("SHARDS") is not { Length: > 0 } text)
{
    Console.Error.WriteLine("SHARDS isn't set: run azd provision first.");
    return 1;
}

var pause = Seconds("SERVERLESS_HEALTH_PAUSE", 5);
var patience = Seconds("SERVERLESS_HEALTH_PATIENCE", 300);
var limit = Seconds("SERVERLESS_DEPLOY_PATIENCE", 1800);
var first = Environment.GetEnvironmentVariable("AZURE_RESOURCE_GROUP");
using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
using var shards = JsonDocument.Parse(text);
foreach (var shard in shards.RootElement.EnumerateArray())
{
    var name = shard.GetProperty("name").GetString()!;
    var group = shard.GetProperty("resourceGroup").GetString()!;
    if (shard.GetProperty("state").GetString() == "lost")
    {
        Console.WriteLine($"{name}: lost, left out.");
        continue;
    }

    if (group != first && Deploy(group) is not 0 and var code)
    {
        Console.Error.WriteLine($"{name}: azd deploy ended with {code}. The shards after it keep the version that they have.");
        return code;
    }

    if (!await HealthyAsync(shard.GetProperty("healthUrl").GetString()!))
    {
        Console.Error.WriteLine($"{name}: not healthy within {patience.TotalSeconds} s. The shards after it keep the version that they have.");
        return 1;
    }

    Console.WriteLine($"{name}: deployed and healthy.");
}

return 0;

int Deploy(string group)
{
    var start = new ProcessStartInfo("azd", ["deploy", "functions", "--no-prompt"]);
    start.Environment[Loop] = "1";
    start.Environment["SHARD_RESOURCE_GROUP"] = group;
    using var azd = Process.Start(start)!;
    if (!azd.WaitForExit(limit))
    {
        azd.Kill(entireProcessTree: true);
        Console.Error.WriteLine($"azd deploy took more than {limit.TotalSeconds} s.");
        return 1;
    }

    return azd.ExitCode;
}

async Task<bool> HealthyAsync(string url)
{
    var row = 0;
    for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience; await Task.Delay(pause))
    {
        row = await AnswersAsync(url) ? row + 1 : 0;
        if (row == InARow)
        {
            return true;
        }
    }

    return false;
}

async Task<bool> AnswersAsync(string url)
{
    try
    {
        using var answer = await http.GetAsync(url);
        if (!answer.IsSuccessStatusCode)
        {
            Console.WriteLine($"{url}: {(int)answer.StatusCode}");
        }

        return answer.IsSuccessStatusCode;
    }
    catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
    {
        Console.WriteLine($"{url}: {fault.Message}");
        return false;
    }
}

static TimeSpan Seconds(string name, double otherwise) =>
    double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 86400
        ? TimeSpan.FromSeconds(value)
        : TimeSpan.FromSeconds(otherwise);
