using System.CommandLine;
using Serverless.Hosting;
using Serverless.SelfHost.Hosting;

namespace Serverless.SelfHost.Commands;

/// <summary><c>serve</c>: runs a node until it is told to stop. It is also what the program does when no command is named.</summary>
internal sealed class ServeCommand : Command
{
    private readonly Option<string?> _urls = new("--urls")
    {
        Description = $"The addresses to listen on, separated by ';'. Default: {NodeApplication.DefaultUrls}",
    };

    private readonly Option<string?> _redis = new("--redis") { Description = "Keeps the streams in this Redis: host:port,password=…" };

    private readonly Option<string?> _log = new("--log") { Description = "Where the streams are kept: memory, embedded or redis." };

    private readonly Option<string?> _data = new("--data") { Description = "The folder of the embedded log. Default: data" };

    public ServeCommand()
        : base("serve", "Runs a node (the default).")
    {
        _log.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "memory", "embedded", "redis");
        Options.Add(_urls);
        Options.Add(_redis);
        Options.Add(_log);
        Options.Add(_data);
        SetAction((result, stop) => NodeRunner.RunAsync(Settings(result), result.InvocationConfiguration, stop));
    }

    private IEnumerable<KeyValuePair<string, string?>> Settings(ParseResult result)
    {
        (string Key, Option<string?> Option)[] settings =
        [
            (WebHostDefaults.ServerUrlsKey, _urls),
            ($"{CoreServices.Section}:Log:Redis", _redis),
            ($"{CoreServices.Section}:Log:Kind", _log),
            ($"{CoreServices.Section}:Log:Path", _data),
        ];
        return from setting in settings
               let value = result.GetValue(setting.Option)
               where value is not null
               select KeyValuePair.Create(setting.Key, (string?)value);
    }
}
