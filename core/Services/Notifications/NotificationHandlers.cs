using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Services.Auth;
using Serverless.Sharding;

namespace Serverless.Services.Notifications;

/// <summary>
/// The hub methods <c>notification-send(to, kind, body, options?)</c>, <c>notification-list(query?)</c>, <c>notification-read(…ids)</c> and <c>notification-read-all()</c>,
/// with the messages <c>notification</c> and <c>notifications-read</c>; and what waits for a user is sent when one comes. Stateless: what is held is a fold over a stream.
/// </summary>
internal sealed class NotificationHandlers : IHubService
{
    private readonly HubSender _hub;
    private readonly NotificationSender _sender;
    private readonly NotificationStore _store;
    private readonly IAccessPolicy _access;
    private readonly NotificationOptions _options;

    /// <summary>Sends through a sender what a policy allows; reads what a store has.</summary>
    public NotificationHandlers(HubSender hub, NotificationSender sender, NotificationStore store, IAccessPolicy access, IOptions<NotificationOptions> options)
    {
        (_hub, _sender, _store, _access, _options) = (hub, sender, store, access, options.Value);
        Methods = new Dictionary<string, HubMethod>
        {
            ["notification-send"] = SendAsync,
            ["notification-list"] = (call, stop) => OfUserAsync(call, ListAsync, stop),
            ["notification-read"] = (call, stop) => OfUserAsync(call, ReadAsync, stop),
            ["notification-read-all"] = (call, stop) => OfUserAsync(call, ReadAllAsync, stop),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HubMethod> Methods { get; }

    /// <summary>Sends the connection what its user has not read; each once, however often this is called.</summary>
    public async ValueTask ConnectedAsync(HubCaller caller, CancellationToken cancellationToken)
    {
        if (caller.User is { } user && _options.MaxOnReturn > 0)
        {
            var unread = await _store.ListAsync(caller.Stream, user, new() { UnreadOnly = true, Limit = _options.MaxOnReturn }, cancellationToken);
            await _hub.AppendAsync(caller.Stream, [.. unread.Select(each => NotificationMessages.ToConnection(each.Sent, caller.Connection))], cancellationToken);
        }
    }

    private static async ValueTask<InvocationResult> OfUserAsync(
        Invocation call, Func<string, Invocation, CancellationToken, ValueTask<InvocationResult>> method, CancellationToken cancellationToken)
    {
        try
        {
            return call.Caller.User is { } user
                ? await method(user, call, cancellationToken)
                : new InvocationResult.Failed($"'{call.Target}' needs a user: connect with a token that has one.");
        }
        catch (FormatException fault)
        {
            return new InvocationResult.Failed(fault.Message);
        }
    }

    private async ValueTask<InvocationResult> SendAsync(Invocation call, CancellationToken cancellationToken)
    {
        try
        {
            var notification = NotificationRequest.Parse(call.Arguments, call.Caller.User);
            var ofOthers = notification.Audience.Kind == AudienceKind.Group ? ReservedNames.CheckGroup(notification.Audience.Name) : null;
            if ((notification.Check() ?? ofOthers) is { } fault)
            {
                return new InvocationResult.Failed(fault);
            }

            if (!await _access.AllowsAsync(call.Caller, KindOf(notification.Audience), notification.Audience.Name, cancellationToken))
            {
                return InvocationResult.Failed.NotAllowed(call, KindOf(notification.Audience), notification.Audience.Name);
            }

            var sent = await _sender.SendAsync(call.Caller.Stream, notification.OfClient(), cancellationToken);
            return Reply.To(call, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("id", sent.Id);
                writer.WriteBoolean("isDuplicate", sent.IsDuplicate);
                writer.WriteEndObject();
            });
        }
        catch (FormatException fault)
        {
            return new InvocationResult.Failed(fault.Message);
        }
    }

    private async ValueTask<InvocationResult> ListAsync(string user, Invocation call, CancellationToken cancellationToken)
    {
        var query = NotificationRequest.ParseQuery(call.Arguments);
        var limit = Math.Min(query.Limit ?? int.MaxValue, _options.MaxListed);
        var listed = await _store.ListAsync(call.Caller.Stream, user, query with { Limit = limit }, cancellationToken);
        return Reply.To(call, writer =>
        {
            writer.WriteStartArray();
            foreach (var (sent, isRead) in listed)
            {
                NotificationMessages.Write(writer, sent, isRead);
            }

            writer.WriteEndArray();
        });
    }

    private async ValueTask<InvocationResult> ReadAsync(string user, Invocation call, CancellationToken cancellationToken)
    {
        if (call.Arguments.Count == 0 || call.Arguments.Count > _options.MaxIds)
        {
            return new InvocationResult.Failed($"'{call.Target}' takes 1 to {_options.MaxIds} ids.");
        }

        string?[] ids = [.. call.Arguments.Select(PayloadList.AsText)];
        if (ids.Select(Notification.CheckId).FirstOrDefault(each => each is not null) is { } fault)
        {
            return new InvocationResult.Failed(fault);
        }

        // ids that aren't held, or aren't this user's, are no fault: what expired meanwhile is as good as read
        var (known, unread) = await _store.MarkableAsync(call.Caller.Stream, user, ids!, cancellationToken);
        if (unread.Count > 0)
        {
            await AppendAsync(call, new NotificationsRead { User = user, Ids = unread }, cancellationToken);
        }

        if (known.Count > 0)
        {
            // told again when it is repeated: the first call may have failed in between
            var message = NotificationMessages.Read(call.Caller, user, writer =>
            {
                writer.WriteStartArray("ids");
                known.ForEach(writer.WriteStringValue);
                writer.WriteEndArray();
            });
            await _hub.AppendAsync(call.Caller.Stream, message, cancellationToken);
        }

        return InvocationResult.Done.Instance;
    }

    private async ValueTask<InvocationResult> ReadAllAsync(string user, Invocation call, CancellationToken cancellationToken)
    {
        if (call.Arguments.Count > 0)
        {
            return new InvocationResult.Failed($"'{call.Target}' takes no arguments.");
        }

        if (await _store.NewestAsync(call.Caller.Stream, user, cancellationToken) is not var (newest, isRead))
        {
            return InvocationResult.Done.Instance;
        }

        if (!isRead)
        {
            await AppendAsync(call, new NotificationsRead { User = user, UpTo = newest.Offset }, cancellationToken);
        }

        // not the newest one's id, which may be somebody else's: its time says as much
        var message = NotificationMessages.Read(call.Caller, user, writer => writer.WriteString("upTo", newest.Sent.SentAt));
        await _hub.AppendAsync(call.Caller.Stream, message, cancellationToken);
        return InvocationResult.Done.Instance;
    }

    private async ValueTask AppendAsync(Invocation call, NotificationsRead read, CancellationToken cancellationToken) =>
        await _hub.AppendAsync(call.Caller.Stream.Beside(NotificationStore.Topic), read, cancellationToken);

    private static AccessKind KindOf(Audience audience) => audience.Kind switch
    {
        AudienceKind.User => AccessKind.User,
        AudienceKind.Group => AccessKind.Group,
        _ => AccessKind.Hub,
    };
}
