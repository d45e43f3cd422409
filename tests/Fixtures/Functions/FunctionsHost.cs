using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Tests.Fixtures.Functions.Rpc;
using Xunit;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.Tests.Fixtures.Functions;

/// <summary>
/// Stands in for the host of Azure Functions: starts the built worker, the program as it is deployed, loads its functions over the host's own protocol, and passes HTTP
/// requests and timers on to it. It checks no keys, and has no triggers of extensions.
/// </summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _output = new();
    private readonly Dictionary<string, RpcFunctionMetadata> _functions = [];
    private WorkerChannel _channel = new();
    private WebApplication? _app;
    private Process? _worker;
    private string _workerAddress = "";

    /// <summary>Settings of the app, by their names in configuration.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

    /// <summary>Where its functions are called: <c>{Url}/api/…</c>.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The names of the loaded functions.</summary>
    public IReadOnlyCollection<string> Functions => _functions.Keys;

    /// <summary>The working folder of the worker.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("functions-").FullName;

    /// <summary>What the worker printed and logged.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output + string.Join('\n', _channel.Logs.Select(log => $"{log.Level} {log.Category}: {log.Message} {log.Exception?.Message}"));
            }
        }
    }

    private static string Program { get; } = Path.GetFullPath(typeof(FunctionsHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "Functions").Value!);

    /// <summary>Starts the worker, also anew after it was killed or ended; its functions are loaded when this returns.</summary>
    public async Task<FunctionsHost> StartAsync()
    {
        _channel = new();
        await StartServerAsync();
        StartWorker(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        await (await Task.WhenAny(_channel.Started, _worker!.WaitForExitAsync())).WaitAsync(Patience);
        Assert.True(_channel.Started.IsCompleted, $"The worker ended at its start:\n{Output}");
        await LoadAsync();
        return this;
    }

    /// <summary>Has a function run that a timer triggers.</summary>
    public async Task<InvocationResult> InvokeTimerAsync(string function) => await InvokeAsync(
        function, Guid.NewGuid().ToString(), """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""");

    /// <summary>Has a timer's function run, and cancels it when told to.</summary>
    public async Task<InvocationResult> InvokeTimerAsync(string function, Task cancel)
    {
        var id = Guid.NewGuid().ToString();
        var running = InvokeAsync(function, id, "{}");
        await cancel;
        do
        {
            // a worker that hasn't begun the invocation yet passes over it
            _channel.Send(new() { InvocationCancel = new() { InvocationId = id } });
        }
        while (await Task.WhenAny(running, Task.Delay(100)) != running);
        return await running;
    }

    /// <summary>Tells the worker to end, as at a deployment, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        _channel.Send(new() { WorkerTerminate = new() });
        await _worker!.WaitForExitAsync().WaitAsync(Patience);
        return _worker.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _worker!.Kill();
        await _worker.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The worker printed:\n{Output}");
        }

        if (_worker is { HasExited: false })
        {
            await KillAsync();
        }

        _worker?.Dispose();
        await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(Folder, recursive: true);
    }

    private async Task StartServerAsync()
    {
        await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_channel);
        builder.Services.AddHttpForwarder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.MapGrpcService<WorkerChannel>();
        _app.Map("/api/{**path}", ForwardAsync);
        await _app.StartAsync();
        Url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Last();
    }

    private void StartWorker(string address)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Program, "--functions-uri", address, "--functions-request-id", Guid.NewGuid().ToString(), "--functions-worker-id", Guid.NewGuid().ToString(),
            "--functions-grpc-max-message-length", $"{128 * 1024 * 1024}",
        ])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = Path.GetDirectoryName(Program);
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = Path.GetDirectoryName(Program);
        foreach (var (name, value) in Settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _worker = Process.Start(start) ?? throw new InvalidOperationException("The worker didn't start.");
        _worker.OutputDataReceived += Collect;
        _worker.ErrorDataReceived += Collect;
        _worker.BeginOutputReadLine();
        _worker.BeginErrorReadLine();
    }

    private async Task LoadAsync()
    {
        var folder = Path.GetDirectoryName(Program)!;
        var init = await _channel.AskAsync(new() { WorkerInitRequest = new() { HostVersion = "4.0.0.0", WorkerDirectory = folder, FunctionAppDirectory = folder } });
        _workerAddress = init.WorkerInitResponse.Capabilities["HttpUri"].TrimEnd('/');
        var metadata = await _channel.AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = folder } });
        Assert.Equal(StatusResult.Types.Status.Success, metadata.FunctionMetadataResponse.Result.Status);
        _functions.Clear();
        foreach (var function in metadata.FunctionMetadataResponse.FunctionMetadataResults)
        {
            var loaded = await _channel.AskAsync(new() { FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = function } });
            Assert.True(
                loaded.FunctionLoadResponse.Result.Status == StatusResult.Types.Status.Success, $"{function.Name}: {loaded.FunctionLoadResponse.Result.Exception?.Message}");
            _functions[function.Name] = function;
        }

        // it answers its host before it listens
        await Wait.UntilAsync(() => ListensAsync(new(_workerAddress)), $"the worker doesn't listen at {_workerAddress}");
    }

    private async Task<InvocationResult> InvokeAsync(string function, string id, string json)
    {
        var metadata = _functions[function];
        var trigger = metadata.RawBindings.Select(raw => JsonNode.Parse(raw)!).Single(binding => ((string)binding["type"]!).EndsWith("Trigger", StringComparison.OrdinalIgnoreCase));
        var request = Request(id, metadata);
        request.InputData.Add(new ParameterBinding { Name = (string)trigger["name"]!, Data = new() { Json = json } });
        var result = (await _channel.AskAsync(new() { InvocationRequest = request })).InvocationResponse.Result;
        return new($"{result.Status}", result.Exception?.Message);
    }

    /// <summary>As the host does it: the invocation goes to the worker over its stream, the request itself to the worker's own HTTP address.</summary>
    private async Task ForwardAsync(HttpContext context)
    {
        if (Find(context.Request) is not var (function, values))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var id = Guid.NewGuid().ToString();
        var request = Request(id, function);
        var trigger = function.RawBindings.Select(raw => JsonNode.Parse(raw)!).First(IsHttp);
        request.InputData.Add(new ParameterBinding { Name = (string)trigger["name"]!, Data = new() { Http = new() { Method = context.Request.Method, Url = context.Request.Path } } });
        foreach (var (name, value) in values)
        {
            request.TriggerMetadata[name] = new() { String = $"{value}" };
        }

        context.Request.Headers["x-ms-invocation-id"] = id;
        var invoked = _channel.AskAsync(new() { InvocationRequest = request });
        using var client = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
        await context.RequestServices.GetRequiredService<IHttpForwarder>().SendAsync(context, _workerAddress, client);
        try
        {
            var result = (await invoked).InvocationResponse.Result;
            if (result.Status != StatusResult.Types.Status.Success)
            {
                _channel.Logs.Enqueue(new() { Level = RpcLog.Types.Level.Error, Category = function.Name, Message = $"{result.Status} {result.Exception?.Message} {result.Exception?.StackTrace}" });
            }
        }
        catch (IOException)
        {
            // the worker was killed meanwhile: the forwarder has answered 502, or cut the answer short
        }
    }

    private (RpcFunctionMetadata Function, RouteValueDictionary Values)? Find(HttpRequest request)
    {
        foreach (var function in _functions.Values)
        {
            if (function.RawBindings.Select(raw => JsonNode.Parse(raw)!).FirstOrDefault(IsHttp) is { } binding
                && binding["methods"] is JsonArray methods
                && methods.Any(method => string.Equals((string?)method, request.Method, StringComparison.OrdinalIgnoreCase)))
            {
                var values = new RouteValueDictionary();
                var matcher = new Microsoft.AspNetCore.Routing.Template.TemplateMatcher(
                    Microsoft.AspNetCore.Routing.Template.TemplateParser.Parse($"api/{(string?)binding["route"] ?? function.Name}"), []);
                if (matcher.TryMatch(request.Path, values))
                {
                    return (function, values);
                }
            }
        }

        return null;
    }

    private static InvocationRequest Request(string id, RpcFunctionMetadata function) => new()
    {
        InvocationId = id,
        FunctionId = function.FunctionId,
        TraceContext = new() { TraceParent = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01" },
        RetryContext = new(),
    };

    private static async Task<bool> ListensAsync(Uri address)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsHttp(JsonNode binding) => string.Equals((string?)binding["type"], "httpTrigger", StringComparison.OrdinalIgnoreCase);

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }

    /// <summary>How an invocation ended.</summary>
    /// <param name="Status">Success, Failure or Cancelled.</param>
    /// <param name="Error">What was thrown.</param>
    public sealed record InvocationResult(string Status, string? Error);
}
