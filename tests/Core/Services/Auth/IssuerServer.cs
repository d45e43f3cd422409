using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Core.Services.Auth;

/// <summary>An issuer's discovery, on a real port on loopback; it can be ended and started again there.</summary>
internal sealed class IssuerServer : IAsyncDisposable
{
    private readonly int _port = TestPorts.Next();
    private WebApplication? _app;
    private int _asked;

    public Uri Authority => new($"http://127.0.0.1:{_port}/tenant/");

    public string Issuer => $"http://127.0.0.1:{_port}/tenant";

    /// <summary>The keys that it shows now.</summary>
    public string Keys { get; set; } = SigningKey.Set();

    /// <summary>Where it says that its keys are; null: where they are.</summary>
    public string? KeysAddress { get; set; }

    /// <summary>Who it says that it is; null: who it is.</summary>
    public string? Name { get; set; }

    /// <summary>The status of its answers.</summary>
    public int Status { get; set; } = 200;

    /// <summary>What it waits for before it answers.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Told of each request for its configuration.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    /// <summary>How often its configuration was asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public async Task<IssuerServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        return this;
    }

    public async Task EndAsync()
    {
        await _app!.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await EndAsync();
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var isConfiguration = context.Request.Path == "/tenant/.well-known/openid-configuration";
        if (isConfiguration)
        {
            Interlocked.Increment(ref _asked);
            Arrived.Release();
            await Gate;
        }

        context.Response.StatusCode = Status;
        await context.Response.WriteAsync(
            isConfiguration ? $$"""{"issuer":"{{Name ?? Issuer}}","jwks_uri":"{{KeysAddress ?? $"{Issuer}/keys"}}"}"""
            : context.Request.Path == "/tenant/keys" ? Keys
            : throw new InvalidOperationException($"{context.Request.Path} isn't asked for."));
    }
}
