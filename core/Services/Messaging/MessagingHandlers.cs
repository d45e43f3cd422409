using Serverless.Events;
using Serverless.Services.Auth;
using Serverless.Sharding;

namespace Serverless.Services.Messaging;

/// <summary>
/// The hub methods <c>JoinGroup(group)</c>, <c>LeaveGroup(group)</c>, <c>SendToGroup(group, target, …arguments)</c>, <c>SendToUser(user, target, …arguments)</c>,
/// <c>Broadcast(target, …arguments)</c>, <c>Echo(value)</c>. Stateless; the calls of one connection are appended in the order in which they were made.
/// </summary>
public sealed class MessagingHandlers : IHubService
{
    private readonly HubSender _sender;
    private readonly IAccessPolicy _access;

    /// <summary>Sends what a policy allows.</summary>
    public MessagingHandlers(HubSender sender, IAccessPolicy access)
    {
        (_sender, _access) = (sender, access);
        Methods = new Dictionary<string, HubMethod>
        {
            ["JoinGroup"] = JoinAsync,
            ["LeaveGroup"] = LeaveAsync,
            ["SendToGroup"] = (call, stop) => SendAsync(call, AccessKind.Group, ReservedNames.CheckGroup, Audience.Group, stop),
            ["SendToUser"] = (call, stop) => SendAsync(call, AccessKind.User, EventRules.CheckUser, Audience.User, stop),
            ["Broadcast"] = (call, stop) => SendAsync(call, AccessKind.Hub, static _ => null, static _ => Audience.Hub, stop),
            ["Echo"] = (call, _) => ValueTask.FromResult(Echo(call)),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HubMethod> Methods { get; }

    private static InvocationResult Echo(Invocation call) =>
        call.Arguments.Count == 1 ? new InvocationResult.Value(call.Arguments[0]) : new InvocationResult.Failed("Echo takes one value.");

    private ValueTask<InvocationResult> JoinAsync(Invocation call, CancellationToken cancellationToken) =>
        TryGetGroup(call, out var group) is { } fault
            ? Refuse(fault)
            : StoreAsync(call, AccessKind.Group, group, new GroupJoined { Group = group, Member = GroupMember.Connection(call.Caller.Connection) }, cancellationToken);

    private ValueTask<InvocationResult> LeaveAsync(Invocation call, CancellationToken cancellationToken) =>
        TryGetGroup(call, out var group) is { } fault
            ? Refuse(fault)
            : StoreAsync(call, AccessKind.Group, group, new GroupLeft { Group = group, Member = GroupMember.Connection(call.Caller.Connection) }, cancellationToken);

    private ValueTask<InvocationResult> SendAsync(
        Invocation call, AccessKind kind, Func<string?, string?> check, Func<string, Audience> audience, CancellationToken cancellationToken)
    {
        var names = kind == AccessKind.Hub ? 0 : 1;
        if (call.Arguments.Count <= names)
        {
            return Refuse($"{call.Target} takes {(names == 0 ? "a target" : "a name, a target")} and the arguments for it.");
        }

        var name = names == 0 ? "" : PayloadList.AsText(call.Arguments[0]);
        var target = PayloadList.AsText(call.Arguments[names]);
        if ((check(name) ?? ReservedNames.CheckTarget(target)) is { } fault)
        {
            return Refuse(fault);
        }

        var message = new MessageSent { Audience = audience(name!), Target = target!, Arguments = PayloadList.Array(call.Arguments, names + 1) };
        return StoreAsync(call, kind, name!, message, cancellationToken);
    }

    /// <summary>With a policy that answers at once, the event is in the stream's queue when this returns: so calls keep their order.</summary>
    private async ValueTask<InvocationResult> StoreAsync(Invocation call, AccessKind kind, string name, Event value, CancellationToken cancellationToken)
    {
        if (!await _access.AllowsAsync(call.Caller, kind, name, cancellationToken))
        {
            return InvocationResult.Failed.NotAllowed(call, kind, name);
        }

        await _sender.AppendAsync(call.Caller.Stream, value, cancellationToken);
        return InvocationResult.Done.Instance;
    }

    private static string? TryGetGroup(Invocation call, out string group)
    {
        group = (call.Arguments.Count == 1 ? PayloadList.AsText(call.Arguments[0]) : null) ?? "";
        return call.Arguments.Count == 1 ? ReservedNames.CheckGroup(group) : $"{call.Target} takes the name of a group.";
    }

    private static ValueTask<InvocationResult> Refuse(string error) => ValueTask.FromResult<InvocationResult>(new InvocationResult.Failed(error));
}
