using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.Presence;

namespace Serverless.SelfHost.Rest;

/// <summary>Calls a method of one client, wherever it is, and answers with its result: <c>{"result":…}</c>, or <c>{}</c> when it gives none. Contract, section 3.9.</summary>
internal sealed class Invocations(ClientResults results, IOptions<ConnectionOptions> options)
{
    public void Map(RestRoutes routes) => routes.MapDated("POST", InvokeAsync, "connections/{connection}/:invoke");

    private async Task<IResult> InvokeAsync(RestCall call)
    {
        var ((target, arguments), refused) = await MessageBody.ReadAsync(call.Context.Request);
        if (refused is not null)
        {
            return refused;
        }

        var question = new MessageSent
        {
            Key = call.Key,
            Audience = Audience.Connection(call.Connection),
            Target = target,
            Arguments = arguments.Format == PayloadFormat.Frames ? FramesBody.Arguments(arguments) : arguments,
        };
        return Answer(await results.AskAsync(call.Stream, call.Connection, question, options.Value.ResultTimeout, call.Aborted));
    }

    private IResult Answer(ClientResult result) => result switch
    {
        ClientResult.Given(var value) => new InvocationAnswer(value),
        ClientResult.Failed(var error) => new ErrorResult(StatusCodes.Status400BadRequest, ErrorCode.ConnectionFailed, $"The client's method failed: {error}"),
        ClientResult.NotThere => ErrorResult.NoConnection(ErrorCode.ConnectionNotExisted),
        ClientResult.AskedBefore => ErrorResult.Of(
            StatusCodes.Status409Conflict, $"The client was asked with this {RestGate.KeyHeader} already; it isn't asked again, and its answer isn't kept."),
        _ => ErrorResult.Of(StatusCodes.Status504GatewayTimeout, $"The client gave no result within {options.Value.ResultTimeout.TotalSeconds:0} s."),
    };
}
