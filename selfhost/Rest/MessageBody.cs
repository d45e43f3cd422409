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
    public static async ValueTask<MessageBody> ReadAsync(HttpRequest request) =>
        await RequestBody.ReadAsync(request) switch
        {
            (_, { } refused) => new Refused(refused),
            var (body, _) => Parse(body) switch
            {
                (null, _, var fault) => new Refused(ErrorResult.Invalid(fault)),
                ({ } target, _, _) when EventRules.CheckTarget(target) is { } fault => new Refused(ErrorResult.Invalid(fault)),
                ({ } target, var arguments, _) => new Message(target, arguments),
            },
        };

    private static ParsedBody Parse(RequestBody body) => body.Kind switch
    {
        BodyKind.Json => JsonBody.Parse(body.Bytes),
        BodyKind.MessagePack => MessagePackBody.Parse(body.Bytes),
        _ => FramesBody.Parse(body.Bytes),
    };
}
