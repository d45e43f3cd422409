// azd runs this after azd down. What the other hooks know of the resources is gone with them: the next azd up is a first one again.
#:property PublishAot=false
#:property InvariantGlobalization=true
using System.Diagnostics;

foreach (var name in new[] { "SERVERLESS_UPSTREAM_SHARDS", "SERVERLESS_NODE_IMAGE" })
{
    if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
    {
        continue;
    }

    using var azd = Process.Start(new ProcessStartInfo("azd", ["env", "set", name, ""]))!;
    azd.WaitForExit();
    if (azd.ExitCode != 0)
    {
        Console.Error.WriteLine($"{name} is still set: azd env set {name} \"\", or the next azd up fails.");
        return azd.ExitCode;
    }
}

return 0;
