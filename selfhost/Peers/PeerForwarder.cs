using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.SelfHost.Peers;

/// <summary>Passes a request to the node that has its connection, as it is: that node checks the caller again.</summary>
internal sealed partial class PeerForwarder(IHttpForwarder forwarder, ILogger<PeerForwarder> logger) : IDisposable
{
    /// <summary>Marks what was passed on once; it isn't passed on again.</summary>
    private const string PassedOn = "X-Serverless-Passed-On";

    private static readonly ForwarderRequestConfig Request = new() { ActivityTimeout = TimeSpan.FromMinutes(6), Version = HttpVersion.Version11 };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    /// <summary>Answers with what the other node answers; 404 when it can't be reached, so that the client negotiates again.</summary>
    public async Task ForwardAsync(HttpContext context, string address)
    {
        if (context.Request.Headers.ContainsKey(PassedOn))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var error = await forwarder.SendAsync(context, address, _client, Request, static (_, request) =>
        {
            request.Headers.TryAddWithoutValidation(PassedOn, "1");
            return ValueTask.CompletedTask;
        });
        if (error is ForwarderError.None or ForwarderError.RequestCanceled || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        Log.PeerUnreachable(logger, address, error.ToString());
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    public void Dispose() => _client.Dispose();
}
