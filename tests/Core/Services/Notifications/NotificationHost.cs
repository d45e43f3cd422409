using System.Text;
using System.Text.Json.Nodes;
using MessagePack;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Events;
using Serverless.Log;
using Serverless.Presence;
using Serverless.Services;
using Serverless.Services.Auth;
using Serverless.Services.Notifications;
using Serverless.Tests.Core.Sharding;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services.Notifications;

/// <summary>The service over a log, as one process has it. Several may share a log.</summary>
internal sealed class NotificationHost : IAsyncDisposable
{
    private readonly Pipeline _pipeline;
    private readonly Rosters _rosters;
    private readonly NotificationStore _store;
    private readonly HubServices _services;

    public NotificationHost(FaultyLog? log = null, Action<NotificationOptions>? configure = null, TimerTime? time = null, ILogger<NotificationStore>? logger = null)
    {
        var options = new NotificationOptions();
        configure?.Invoke(options);
        Log = log ?? new(NewLog());
        Time = time ?? new();
        _pipeline = new(Log, Frames, Options.Create(new BatchingOptions()), Time);
        _rosters = new(Log, Frames, Senders.OneStream, Time, NullLogger<Rosters>.Instance);
        _store = new(Log, Frames, _rosters, Options.Create(options), Time, logger ?? NullLogger<NotificationStore>.Instance);
        var sender = Senders.Over(_pipeline, Log, Frames, Time);
        Sender = new(sender, _store, Options.Create(options), Options.Create(new LogOptions()), Time);
        _services = new([new NotificationHandlers(sender, Sender, _store, new ClaimedAccess(), Options.Create(options))], NullLogger<HubServices>.Instance);
    }

    public static StreamName Topic { get; } = Chat.Beside("notifications");

    public FaultyLog Log { get; }

    public TimerTime Time { get; }

    public NotificationSender Sender { get; }

    public Access Access { get; set; } = Access.Everything;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _rosters.DisposeAsync();
        await _pipeline.DisposeAsync();
    }

    public Task<InvocationResult> InvokeAsync(string? user, string method, params string[] arguments) => InvokeAsync(PayloadFormat.Json, user, method, arguments);

    public Task<InvocationResult> InvokeAsync(PayloadFormat format, string? user, string method, params string[] arguments) => _services
        .InvokeAsync(new(Caller(user, $"of {user}"), method, [.. arguments.Select(json => Value(format, json))]), CancellationToken.None)
        .In();

    /// <summary>Sends a toast, and gives its id.</summary>
    public async Task<string> SendAsync(string to, string body = "1", string? options = null)
    {
        var result = await InvokeAsync("ann", "notification-send", [to, "\"toast\"", body, .. options is null ? Array.Empty<string>() : [options]]);
        return (string)Json(result)["id"]!;
    }

    /// <summary>What <c>notification-list</c> gives, each as its body and whether it was read: <c>1,2 read</c>.</summary>
    public async Task<string> ListAsync(string user, string? query = null) => string.Join(',', Json(await InvokeAsync(user, "notification-list", query is null ? [] : [query])).AsArray()
        .Select(each => $"{each!["body"]!.ToJsonString()}{((bool)each["isRead"]! ? " read" : "")}"));

    public Task ConnectAsync(string? user, string connection) => _services.ConnectedAsync(Caller(user, connection), CancellationToken.None).AsTask().In();

    /// <summary>Stores an event of the hub itself.</summary>
    public Task StoreAsync(Event value) => _pipeline.AppendAsync(Chat, value, CancellationToken.None).In();

    /// <summary>All messages of the hub, each as its audience, its target and what of its argument is asked for.</summary>
    public async Task<List<string>> MessagesAsync(string field = "body") => [.. (await AllAsync(Log)).OfType<MessageSent>()
        .Select(sent => $"{sent.Audience.Kind} {sent.Audience.Name} {sent.Target} {JsonNode.Parse(sent.Arguments.Bytes.Span)![0]![field]?.ToJsonString()}")];

    /// <summary>The events of the stream of notifications that are held.</summary>
    public async Task<List<Event>> EventsAsync() => [.. (await EntriesAsync()).SelectMany(entry => Frames.Decode(Topic, entry.Last.Offset, entry.Frame))];

    public static JsonNode Json(InvocationResult result)
    {
        var value = Assert.IsType<InvocationResult.Value>(result).Payload;
        return JsonNode.Parse(value.Format == PayloadFormat.Json ? Encoding.UTF8.GetString(value.Bytes.Span) : MessagePackSerializer.ConvertToJson(value.Bytes))!;
    }

    public static Payload Value(PayloadFormat format, string json) => format == PayloadFormat.Json
        ? Payload.FromJson(Encoding.UTF8.GetBytes(json))
        : new(PayloadFormat.MessagePack, MessagePackSerializer.ConvertFromJson(json));

    private async Task<IReadOnlyList<LogEntry>> EntriesAsync() =>
        ((ReadResult.Page)await Log.ReadAsync(Topic, ReadFrom.Start, int.MaxValue, CancellationToken.None)).Entries;

    private HubCaller Caller(string? user, string connection) => new(Chat, new(connection), user) { Access = Access };
}
