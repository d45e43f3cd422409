using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Serverless.Tests.Core;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>A server that gets events, on a real port: it keeps what it gets, and answers as the test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ReceivedEvent> _received = Channel.CreateUnbounded<ReceivedEvent>();

    private Receiver(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    /// <summary>How it answers; at first with 200 and nothing.</summary>
    public Func<ReceivedEvent, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>The template of a Functions app.</summary>
    public string Template => $"{Address}runtime/webhooks/signalr?code=secret";

    /// <param name="port">Where it listens; 0: where there is room.</param>
    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var receiver = new Receiver(port);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Answers an event of this name with a text.</summary>
    public void AnswerWith(string name, int status, string body = "") => Answer = async (received, context) =>
    {
        if (received.Name == name)
        {
            context.Response.StatusCode = status;
            if (body.Length > 0)
            {
                await context.Response.WriteAsync(body);
            }
        }
    };

    /// <summary>The next event.</summary>
    public Task<ReceivedEvent> NextAsync() => _received.Reader.ReadAsync(TestContext.Current.CancellationToken).In();

    /// <summary>The next event, which has this name.</summary>
    public async Task<ReceivedEvent> NextAsync(string name)
    {
        var next = await NextAsync();
        Assert.Equal(name, next.Name);
        return next;
    }

    /// <summary>Whether all that came was looked at.</summary>
    public bool IsEmpty => !_received.Reader.TryPeek(out _);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var received = new ReceivedEvent(
            context.Request.Method,
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToArray()!, StringComparer.OrdinalIgnoreCase)!,
            body.ToArray());
        _received.Writer.TryWrite(received);
        await Answer(received, context);
    }
}
