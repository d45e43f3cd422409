using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>The body of a send. Contract, section 3.2.</summary>
/// <param name="Target">The client method.</param>
/// <param name="Arguments">An array, as the caller wrote it.</param>
internal readonly record struct MessageBody(string Target, Payload Arguments)
{
    /// <summary>Reads and checks the body. The message keeps parts of the bytes that were read.</summary>
    /// <returns>The message; or the answer that says what is wrong.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, or stopped coming.</exception>
    public static async ValueTask<(MessageBody Message, IResult? Refused)> ReadAsync(HttpRequest request)
    {
        var (body, refused) = await RequestBody.ReadAsync(request);
        if (refused is not null)
        {
            return (default, refused);
        }

        var (target, arguments, fault) = Parse(body);
        return target is null ? (default, ErrorResult.Invalid(fault))
            : EventRules.CheckTarget(target) is { } wrong ? (default, ErrorResult.Invalid(wrong))
            : (new(target, arguments), null);
    }

    private static ParsedBody Parse(RequestBody body) => body.Kind switch
    {
        BodyKind.Json => JsonBody.Parse(body.Bytes),
        BodyKind.MessagePack => MessagePackBody.Parse(body.Bytes),
        _ => FramesBody.Parse(body.Bytes),
    };
}
