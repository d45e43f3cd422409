using Microsoft.Net.Http.Headers;
using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>The body of a send: <see cref="Message"/>, or <see cref="Refused"/> with the answer. Contract, section 3.2.</summary>
internal abstract record MessageBody
{
    private MessageBody()
    {
    }

    /// <param name="Target">The client method.</param>
    /// <param name="Arguments">An array, as the caller wrote it.</param>
    public sealed record Message(string Target, Payload Arguments) : MessageBody;

    /// <param name="Answer">Says what is wrong.</param>
    public sealed record Refused(IResult Answer) : MessageBody;

    /// <summary>Reads and checks the body. The message keeps parts of the bytes that were read.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, or stopped coming.</exception>
    public static async ValueTask<MessageBody> ReadAsync(HttpRequest request)
    {
        if (Parser(request.ContentType) is not { } parse)
        {
            return new Refused(ErrorResult.Of(
                StatusCodes.Status415UnsupportedMediaType,
                "The content type must be application/json, in UTF-8, application/x-msgpack, or application/octet-stream with frames for hub protocols."));
        }

        var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, 1024 * 1024));
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return parse(body.GetBuffer().AsMemory(0, (int)body.Length)) switch
        {
            (null, _, var fault) => new Refused(ErrorResult.Invalid(fault)),
            ({ } target, _, _) when EventRules.CheckTarget(target) is { } fault => new Refused(ErrorResult.Invalid(fault)),
            ({ } target, var arguments, _) => new Message(target, arguments),
        };
    }

    private static Func<Memory<byte>, ParsedBody>? Parser(string? contentType) =>
        !MediaTypeHeaderValue.TryParse(contentType, out var type) ? null
        : type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) && (!type.Charset.HasValue || IsUtf8(type)) ? JsonBody.Parse
        : type.MediaType.Equals("application/x-msgpack", StringComparison.OrdinalIgnoreCase) ? MessagePackBody.Parse
        : type.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase) ? FramesBody.Parse
        : null;

    private static bool IsUtf8(MediaTypeHeaderValue type) => HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
