using System.Text.Json;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;
using Serverless.Sharding;

namespace Serverless.Services.Notifications;

/// <summary>Sends notifications: for applications, triggers, and the method <c>notification-send</c>. Thread-safe.</summary>
public sealed class NotificationSender(
    HubSender sender, NotificationStore store, IOptions<NotificationOptions> options, IOptions<LogOptions> log, TimeProvider time)
{
    private readonly NotificationOptions _options = options.Value;
    private readonly TimeSpan _keyWindow = log.Value.KeyWindow;

    /// <summary>Stores an application's notification, and tells those who are connected. Who isn't is told on coming back.</summary>
    /// <param name="hub">The hub's own stream.</param>
    /// <param name="notification">What is sent.</param>
    /// <param name="cancellationToken">Stops the wait; what was begun may be stored.</param>
    /// <returns>Its id, once it is stored. While a notification with the same id is held, nothing new is sent under it.</returns>
    /// <exception cref="FormatException">It breaks a rule, or its id is that of another sender or audience; the message is for the caller, and nothing is stored.</exception>
    /// <exception cref="LogUnavailableException">The outcome is unknown: repeat it with the same id.</exception>
    public async Task<SentNotification> SendAsync(StreamName hub, Notification notification, CancellationToken cancellationToken)
    {
        if (notification.Check() is { } fault)
        {
            throw new FormatException(fault);
        }

        var sent = Make(notification);
        var message = NotificationMessages.ToAudience(sent);
        var held = notification.Id is { } id ? await store.FindAsync(hub, id, cancellationToken) : null;
        var isCompactor = false;
        if (held is null)
        {
            var stored = await sender.AppendAsync(hub.Beside(NotificationStore.Topic), sent, cancellationToken);
            isCompactor = !stored.IsDuplicate && stored.Position.Offset % _options.CompactAfter == 0;
            held = stored.IsDuplicate ? await store.FindAsync(hub, sent.Id, cancellationToken) : null;
            if (stored.IsDuplicate && held is null)
            {
                // it has expired or was dropped within the window of keys
                return new(sent.Id, IsDuplicate: true);
            }
        }

        if (held is not null)
        {
            if (held.Sent.From != sent.From || held.Sent.Audience != sent.Audience)
            {
                throw new FormatException("The id is taken by a notification of another sender, or for another audience.");
            }

            if (time.GetUtcNow() - held.Sent.SentAt >= _keyWindow)
            {
                // the key of its message isn't known any more: who has it would be told again
                return new(sent.Id, IsDuplicate: true);
            }

            message = NotificationMessages.ToAudience(held.Sent);
        }

        var told = await sender.AppendAsync(hub, message, cancellationToken);
        if (isCompactor)
        {
            // where nobody ever asks what is held, one send in so many sees to it that not all is kept
            await store.CompactAsync(hub, cancellationToken);
        }

        return new(sent.Id, told.IsDuplicate);
    }

    private NotificationSent Make(Notification notification)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var id = notification.Id ?? Guid.NewGuid().ToString("N");
        return new()
        {
            Id = id,
            Key = $"notification:{id}",
            Audience = notification.Audience,
            Kind = notification.Kind,
            Body = Body(notification.Body),
            SentAt = now,
            Expires = now + (notification.ExpiresIn ?? _options.Expiry),
            From = notification.From,
        };
    }

    private Payload Body(Payload body)
    {
        if (body.Format == PayloadFormat.Frames)
        {
            throw new FormatException("A notification's body is a value in JSON or MessagePack.");
        }

        var json = Transcoder.Convert(body, PayloadFormat.Json).Bytes;
        if (json.Length > _options.MaxBodyBytes)
        {
            throw new FormatException($"The body has {json.Length} bytes of JSON; a notification's has at most {_options.MaxBodyBytes}.");
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return Payload.FromJson(json.Span);
        }
        catch (JsonException fault)
        {
            throw new FormatException("The body isn't JSON.", fault);
        }
    }
}
