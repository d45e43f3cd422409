using Serverless.Events;

namespace Serverless.Services.Messaging;

/// <summary>
/// The hub methods that clients may call where no upstream of the application's own serves them: <c>JoinGroup(group)</c>, <c>LeaveGroup(group)</c>,
/// <c>SendToGroup(group, target, …arguments)</c>, <c>SendToUser(user, target, …arguments)</c>, <c>Broadcast(target, …arguments)</c>, <c>Echo(value)</c>.
/// Names in any case. Each is done when its event is stored. Stateless; the calls of one connection are appended in the order in which they were made.
/// </summary>
public sealed class MessagingHandlers(Pipeline pipeline)
{
    /// <summary>Runs a call.</summary>
    /// <exception cref="Log.LogUnavailableException">The outcome is unknown.</exception>
    public ValueTask<InvocationResult> InvokeAsync(Invocation call, CancellationToken cancellationToken) => call.Target.ToUpperInvariant() switch
    {
        "JOINGROUP" => JoinAsync(call, cancellationToken),
        "LEAVEGROUP" => LeaveAsync(call, cancellationToken),
        "SENDTOGROUP" => SendAsync(call, 1, EventRules.CheckGroup, Audience.Group, cancellationToken),
        "SENDTOUSER" => SendAsync(call, 1, EventRules.CheckUser, Audience.User, cancellationToken),
        "BROADCAST" => SendAsync(call, 0, static _ => null, static _ => Audience.Hub, cancellationToken),
        "ECHO" => ValueTask.FromResult(Echo(call)),
        _ => Refuse($"Method '{call.Target}' does not exist."),
    };

    private static InvocationResult Echo(Invocation call) =>
        call.Arguments.Count == 1 ? new InvocationResult.Value(call.Arguments[0]) : new InvocationResult.Failed("Echo takes one value.");

    private ValueTask<InvocationResult> JoinAsync(Invocation call, CancellationToken cancellationToken) =>
        TryGetGroup(call, out var group) is { } fault
            ? Refuse(fault)
            : StoreAsync(call, new GroupJoined { Group = group, Member = GroupMember.Connection(call.Connection) }, cancellationToken);

    private ValueTask<InvocationResult> LeaveAsync(Invocation call, CancellationToken cancellationToken) =>
        TryGetGroup(call, out var group) is { } fault
            ? Refuse(fault)
            : StoreAsync(call, new GroupLeft { Group = group, Member = GroupMember.Connection(call.Connection) }, cancellationToken);

    private ValueTask<InvocationResult> SendAsync(
        Invocation call, int names, Func<string?, string?> check, Func<string, Audience> audience, CancellationToken cancellationToken)
    {
        if (call.Arguments.Count <= names)
        {
            return Refuse($"{call.Target} takes {(names == 0 ? "a target" : "a name, a target")} and the arguments for it.");
        }

        var name = names == 0 ? "" : PayloadList.AsText(call.Arguments[0]);
        var target = PayloadList.AsText(call.Arguments[names]);
        if ((check(name) ?? EventRules.CheckTarget(target)) is { } fault)
        {
            return Refuse(fault);
        }

        var message = new MessageSent { Audience = audience(name!), Target = target!, Arguments = PayloadList.Array(call.Arguments, names + 1) };
        return StoreAsync(call, message, cancellationToken);
    }

    private async ValueTask<InvocationResult> StoreAsync(Invocation call, Event value, CancellationToken cancellationToken)
    {
        await pipeline.AppendAsync(call.Stream, value, cancellationToken);
        return InvocationResult.Done.Instance;
    }

    private static string? TryGetGroup(Invocation call, out string group)
    {
        group = (call.Arguments.Count == 1 ? PayloadList.AsText(call.Arguments[0]) : null) ?? "";
        return call.Arguments.Count == 1 ? EventRules.CheckGroup(group) : $"{call.Target} takes the name of a group.";
    }

    private static ValueTask<InvocationResult> Refuse(string error) => ValueTask.FromResult<InvocationResult>(new InvocationResult.Failed(error));
}
