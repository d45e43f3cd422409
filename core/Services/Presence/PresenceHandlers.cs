using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Presence;
using Serverless.Services.Auth;
using Serverless.Sharding;

namespace Serverless.Services.Presence;

/// <summary>
/// The hub methods <c>presence-join(room, state)</c>, <c>presence-state(room, state)</c>, <c>presence-users(room)</c> and <c>presence-leave(room)</c>, whose messages
/// <c>presence-joined</c>, <c>presence-changed</c> and <c>presence-left</c> stand in the stream; <c>cursor-move(room, position)</c> and <c>typing(room, isTyping)</c>,
/// whose messages <c>cursor-moved</c> and <c>typing</c> are volatile. A room is a group. Stateless: who is where is a fold over the stream.
/// </summary>
public sealed class PresenceHandlers : IHubService
{
    private readonly HubSender _sender;
    private readonly Rosters _rosters;
    private readonly IAccessPolicy _access;
    private readonly PresenceOptions _options;

    /// <summary>Sends what a policy allows.</summary>
    public PresenceHandlers(HubSender sender, Rosters rosters, IAccessPolicy access, IOptions<PresenceOptions> options)
    {
        (_sender, _rosters, _access, _options) = (sender, rosters, access, options.Value);
        Methods = new Dictionary<string, HubMethod>
        {
            ["presence-join"] = (call, stop) => RunAsync(call, 2, JoinAsync, stop),
            ["presence-state"] = (call, stop) => RunAsync(call, 2, ChangeAsync, stop),
            ["presence-users"] = (call, stop) => RunAsync(call, 1, ListAsync, stop),
            ["presence-leave"] = (call, stop) => RunAsync(call, 1, LeaveAsync, stop),
            ["cursor-move"] = (call, stop) => RunAsync(call, 2, (room, caller, _) => Send(room, caller, "cursor-moved"), stop),
            ["typing"] = (call, stop) => RunAsync(call, 2, (room, caller, _) => Send(room, caller, "typing"), stop),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HubMethod> Methods { get; }

    /// <summary>Tells the rooms that showed the connection that it has left them; once, however often this is called.</summary>
    public async ValueTask DisconnectedAsync(HubCaller caller, CancellationToken cancellationToken)
    {
        var rooms = await _rosters.RoomsOfDepartedAsync(caller.Stream, caller.Connection, cancellationToken);
        if (rooms.Count > 0)
        {
            Event[] left = [.. rooms.Select(room => PresenceMessages.Gone(room, caller))];
            await _sender.AppendAsync(caller.Stream, left, cancellationToken);
        }
    }

    private async ValueTask<InvocationResult> RunAsync(
        Invocation call, int count, Func<string, Invocation, CancellationToken, ValueTask<InvocationResult>> method, CancellationToken cancellationToken)
    {
        var room = call.Arguments.Count > 0 ? PayloadList.AsText(call.Arguments[0]) : null;
        var fault = ReservedNames.CheckGroup(room);
        if (call.Arguments.Count != count || fault is not null)
        {
            return new InvocationResult.Failed($"'{call.Target}' takes a room{(count == 2 ? " and one value" : "")}. {fault}".TrimEnd());
        }

        if (count == 2 && call.Arguments[1].Bytes.Length > _options.MaxStateBytes)
        {
            return new InvocationResult.Failed($"The value of '{call.Target}' has more than {_options.MaxStateBytes} bytes.");
        }

        return await _access.AllowsAsync(call.Caller, AccessKind.Group, room!, cancellationToken)
            ? await method(room!, call, cancellationToken)
            : InvocationResult.Failed.NotAllowed(call, AccessKind.Group, room!);
    }

    /// <summary>In one entry: who is told of the caller finds it in the room. One whose connection closed before it is in no room, and nobody else would say so.</summary>
    private async ValueTask<InvocationResult> JoinAsync(string room, Invocation call, CancellationToken cancellationToken)
    {
        var (caller, state) = (call.Caller, call.Arguments[1]);
        await _sender.AppendAsync(
            caller.Stream,
            [
                new GroupJoined { Group = room, Member = GroupMember.Connection(caller.Connection) },
                new PresenceChanged { Connection = caller.Connection, Group = room, State = state },
                PresenceMessages.Of("presence-joined", room, caller, state),
            ],
            cancellationToken);
        return await _rosters.ConnectionExistsAsync(caller.Stream, caller.Connection, cancellationToken)
            ? await ListAsync(room, call, cancellationToken)
            : await TakeBackAsync(room, call, "its connection is closed", cancellationToken);
    }

    /// <summary>Appended before anything is asked: so the calls of one client keep their order.</summary>
    private async ValueTask<InvocationResult> ChangeAsync(string room, Invocation call, CancellationToken cancellationToken)
    {
        var (caller, state) = (call.Caller, call.Arguments[1]);
        await _sender.AppendAsync(
            caller.Stream,
            [new PresenceChanged { Connection = caller.Connection, Group = room, State = state }, PresenceMessages.Of("presence-changed", room, caller, state)],
            cancellationToken);
        return await _rosters.IsInGroupAsync(caller.Stream, caller.Connection, room, cancellationToken)
            ? InvocationResult.Done.Instance
            : await TakeBackAsync(room, call, "the caller isn't in the room", cancellationToken);
    }

    /// <summary>The room was told of somebody who isn't in it: it is told that this one has left. Said as often as it was told.</summary>
    private async ValueTask<InvocationResult> TakeBackAsync(string room, Invocation call, string reason, CancellationToken cancellationToken)
    {
        await _sender.AppendAsync(call.Caller.Stream, PresenceMessages.Of("presence-left", room, call.Caller, null), cancellationToken);
        return new InvocationResult.Failed($"'{call.Target}' changed nothing: {reason}.");
    }

    private async ValueTask<InvocationResult> LeaveAsync(string room, Invocation call, CancellationToken cancellationToken)
    {
        await _sender.AppendAsync(
            call.Caller.Stream,
            [
                PresenceMessages.Of("presence-left", room, call.Caller, null),
                new GroupLeft { Group = room, Member = GroupMember.Connection(call.Caller.Connection) },
            ],
            cancellationToken);
        return InvocationResult.Done.Instance;
    }

    private async ValueTask<InvocationResult> ListAsync(string room, Invocation call, CancellationToken cancellationToken)
    {
        var members = await _rosters.ListRoomAsync(call.Caller.Stream, room, _options.MaxListed, cancellationToken);
        return Reply.To(call, writer => PresenceMessages.Write(writer, members));
    }

    private ValueTask<InvocationResult> Send(string room, Invocation call, string target)
    {
        var message = PresenceMessages.Of(target, room, call.Caller, call.Arguments[1]);
        _sender.SendVolatile(call.Caller.Stream, message with { Key = $"{target}:{room}:{call.Caller.Connection.Value}" });
        return ValueTask.FromResult<InvocationResult>(InvocationResult.Done.Instance);
    }
}
