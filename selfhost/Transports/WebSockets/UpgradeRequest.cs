using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using HttpMethod = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpMethod;

namespace Serverless.SelfHost.Transports.WebSockets;

/// <summary>A request, read from its bytes by Kestrel's own parser, that asks for a WebSocket at <c>/client</c>. RFC 6455, section 4.2.1.</summary>
internal sealed class UpgradeRequest : IHttpRequestLineHandler, IHttpHeadersHandler
{
    private static readonly PathString Client = "/client";
    private const int KeySize = 16;

    private static readonly byte[] Beginning = "GET /client"u8.ToArray();
    private static readonly HttpParser<UpgradeRequest> Parser = new(showErrorDetails: false);

    private bool _isGet11;

    private UpgradeRequest()
    {
    }

    /// <summary>Method, path, query and headers; there is no connection behind it.</summary>
    public HttpRequest Http { get; } = new DefaultHttpContext().Request;

    /// <summary>Whether bytes may be, or may become, such a request.</summary>
    public static bool MayBegin(ReadOnlySequence<byte> received)
    {
        Span<byte> first = stackalloc byte[Beginning.Length];
        first = first[..(int)Math.Min(first.Length, received.Length)];
        received.Slice(0, first.Length).CopyTo(first);
        return Beginning.AsSpan().StartsWith(first);
    }

    /// <summary>Reads a whole head.</summary>
    /// <param name="received">All that came.</param>
    /// <param name="request">The request, when it is one for a WebSocket; null when it isn't, or is malformed.</param>
    /// <param name="end">Where the head ends.</param>
    /// <returns>Whether the head is whole.</returns>
    public static bool TryRead(ReadOnlySequence<byte> received, out UpgradeRequest? request, out SequencePosition end)
    {
        var reader = new SequenceReader<byte>(received);
        var handler = new UpgradeRequest();
        try
        {
            var isWhole = Parser.ParseRequestLine(handler, ref reader) && Parser.ParseHeaders(handler, ref reader);
            end = reader.Position;
            request = isWhole && handler.AsksForWebSocket() ? handler : null;
            return isWhole;
        }
        catch (BadHttpRequestException)
        {
            // the server reads it again, and answers as it does
            (request, end) = (null, received.Start);
            return true;
        }
    }

    /// <summary>The answer that opens the WebSocket.</summary>
    public byte[] Answer()
    {
        const string guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        // SHA-1 is what the protocol has: it proves that this is a WebSocket server, no more
#pragma warning disable CA5350
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(Http.Headers.SecWebSocketKey + guid)));
#pragma warning restore CA5350
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
    }

    void IHttpRequestLineHandler.OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
    {
        var target = startLine[targetPath.Offset..];
        _isGet11 = versionAndMethod is { Version: HttpVersion.Http11, Method: HttpMethod.Get } && Ascii.IsValid(target);
        Http.Path = new PathString(Encoding.Latin1.GetString(target[..targetPath.Length]));
        Http.QueryString = target.Length > targetPath.Length ? new QueryString(Encoding.Latin1.GetString(target[targetPath.Length..])) : default;
    }

    void IHttpHeadersHandler.OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Http.Headers.Append(Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value));

    void IHttpHeadersHandler.OnHeadersComplete(bool endStream)
    {
    }

    void IHttpHeadersHandler.OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/1.1 has no indexed headers.");

    void IHttpHeadersHandler.OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new NotSupportedException("HTTP/1.1 has no indexed headers.");

    private bool AsksForWebSocket() =>
        _isGet11
        && Http.Path.StartsWithSegments(Client, out var rest)
        && (!rest.HasValue || rest == "/")
        && Http.Headers.Host.Count == 1
        && Http.Headers.ContentLength is null
        && Http.Headers.TransferEncoding.Count == 0
        && Http.Headers.Upgrade is [{ } upgrade]
        && upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase)
        && Http.Headers.GetCommaSeparatedValues("Connection").Contains("upgrade", StringComparer.OrdinalIgnoreCase)
        && Http.Headers.SecWebSocketVersion == "13"
        && Http.Headers.SecWebSocketKey is [{ } key]
        && Convert.TryFromBase64String(key, stackalloc byte[KeySize + 2], out var length)
        && length == KeySize;
}
