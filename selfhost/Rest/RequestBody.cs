using Microsoft.Net.Http.Headers;

namespace Serverless.SelfHost.Rest;

/// <summary>The bytes of a body, and what they are by its content type. Contract, section 3.2.</summary>
/// <param name="Kind">How they are to be read.</param>
/// <param name="Bytes">The reader's own.</param>
internal readonly record struct RequestBody(BodyKind Kind, Memory<byte> Bytes)
{
    /// <returns>The body; or the answer that says what is wrong with its type.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, or stopped coming.</exception>
    public static async ValueTask<(RequestBody Body, IResult? Refused)> ReadAsync(HttpRequest request)
    {
        if (KindOf(request.ContentType) is not { } kind)
        {
            return (default, ErrorResult.Of(
                StatusCodes.Status415UnsupportedMediaType,
                "The content type must be application/json, in UTF-8, application/x-msgpack, or application/octet-stream with frames for hub protocols."));
        }

        var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, 1024 * 1024));
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return (new(kind, body.GetBuffer().AsMemory(0, (int)body.Length)), null);
    }

    private static BodyKind? KindOf(string? contentType) =>
        !MediaTypeHeaderValue.TryParse(contentType, out var type) ? null
        : type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) && (!type.Charset.HasValue || IsUtf8(type)) ? BodyKind.Json
        : type.MediaType.Equals("application/x-msgpack", StringComparison.OrdinalIgnoreCase) ? BodyKind.MessagePack
        : type.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase) ? BodyKind.Frames
        : null;

    private static bool IsUtf8(MediaTypeHeaderValue type) => HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What a body is by its content type.</summary>
internal enum BodyKind
{
    /// <summary>JSON in UTF-8.</summary>
    Json,

    /// <summary>One MessagePack value.</summary>
    MessagePack,

    /// <summary>A frame for each hub protocol.</summary>
    Frames,
}
