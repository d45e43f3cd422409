using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Serverless.SelfHost.Transports;

/// <summary>Server-sent events: frames go out in the answer to one GET, each write as one event; text only.</summary>
internal sealed class EventStreamIO(HttpContext context) : HttpIO
{
    private static readonly byte[] Comment = ":\r\n\r\n"u8.ToArray();
    private static readonly byte[] Prefix = "data: "u8.ToArray();
    private static readonly byte[] Suffix = "\r\n\r\n"u8.ToArray();

    private readonly Lock _lock = new();
    private bool _flushing;
    private bool _ended;

    public override string Transport => "ServerSentEvents";

    public override bool CarriesBinary => false;

    /// <summary>Sends the headers and a comment, so that the client knows it is connected, whatever stands between.</summary>
    public async Task BeginAsync()
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.Body.WriteAsync(Comment, context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> frames)
    {
        ValueTask<FlushResult> flush;
        lock (_lock)
        {
            if (_ended)
            {
                // the request's context may be another's already
                throw new IOException("The event stream has ended.");
            }

            // frames hold no line breaks: payloads are stored without
            var body = context.Response.BodyWriter;
            body.Write(Prefix);
            body.Write(frames.Span);
            body.Write(Suffix);
            _flushing = true;
            flush = body.FlushAsync(context.RequestAborted);
        }

        try
        {
            if ((await flush).IsCompleted)
            {
                throw new IOException("The client has left its event stream.");
            }
        }
        finally
        {
            lock (_lock)
            {
                _flushing = false;
            }
        }
    }

    public override ValueTask CloseAsync()
    {
        EndInput();
        return ValueTask.CompletedTask;
    }

    /// <summary>The request ends; nothing of it may be touched afterwards. A client that doesn't take what is being sent is cut.</summary>
    public override void Finish()
    {
        lock (_lock)
        {
            if (_flushing && !_ended)
            {
                context.Abort();
            }

            _ended = true;
        }
    }

    public override void Abort()
    {
        base.Abort();
        lock (_lock)
        {
            if (!_ended)
            {
                _ended = true;
                context.Abort();
            }
        }
    }
}
