using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Hosting;

/// <summary>Gives Kestrel the limits of <see cref="HttpOptions"/>.</summary>
internal sealed class KestrelLimits(IOptions<HttpOptions> http) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions options)
    {
        var wanted = http.Value;
        var rate = new MinDataRate(wanted.MinBytesPerSecond, wanted.RateGrace);
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = wanted.MaxBodyBytes;
        options.Limits.MaxRequestHeadersTotalSize = wanted.MaxHeaderBytes;
        options.Limits.MaxRequestLineSize = wanted.MaxRequestLineBytes;
        options.Limits.MaxRequestBufferSize = Math.Max(options.Limits.MaxRequestBufferSize ?? 0, wanted.MaxRequestLineBytes);
        options.Limits.KeepAliveTimeout = wanted.KeepAliveTimeout;
        options.Limits.RequestHeadersTimeout = wanted.HeadersTimeout;
        options.Limits.MinRequestBodyDataRate = rate;
        options.Limits.MinResponseDataRate = rate;
    }
}
