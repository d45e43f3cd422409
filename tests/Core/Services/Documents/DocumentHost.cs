using System.Text.Json;
using MessagePack;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Events;
using Serverless.Log;
using Serverless.Services;
using Serverless.Services.Auth;
using Serverless.Services.Documents;
using Serverless.Services.Messaging;
using Serverless.Tests.Core.Sharding;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services.Documents;

/// <summary>The handlers of documents over a real log in memory, called as clients call them.</summary>
internal sealed class DocumentHost : IAsyncDisposable
{
    private readonly Pipeline _pipeline;
    private readonly HubServices _services;

    public DocumentHost(Action<DocumentOptions>? configure = null, FaultyLog? log = null)
    {
        var options = new DocumentOptions();
        configure?.Invoke(options);
        Log = log ?? new(NewLog());
        _pipeline = new(Log, Frames, Options.Create(new BatchingOptions()), Time);
        var sender = Senders.Over(_pipeline, Log, Frames, Time);
        _services = new(
        [
            new MessagingHandlers(sender, new ClaimedAccess()),
            new DocumentHandlers(
                sender, Log, Frames, new ClaimedAccess(), Options.Create(options), Time, NullLogger<DocumentHandlers>.Instance),
        ], NullLogger<HubServices>.Instance);
    }

    public FaultyLog Log { get; }

    public TimerTime Time { get; } = new();

    public HubCaller Caller { get; set; } = new(Chat, new("c"), "ann");

    public PayloadFormat Format { get; set; } = PayloadFormat.MessagePack;

    public ValueTask DisposeAsync() => _pipeline.DisposeAsync();

    public static StreamName Stream(string id) => Chat.Beside($"documents/{id}");

    /// <summary>A Yjs update of a text that a client typed at a clock; each character is a clock.</summary>
    public static byte[] Typed(int client, int clock, string text) =>
        [1, 1, .. Varint(client), .. Varint(clock), 4, 1, 1, (byte)'t', .. Varint(text.Length), .. text.Select(letter => (byte)letter), 0];

    /// <summary>A Yjs update that deletes clocks of a client.</summary>
    public static byte[] Deleted(int client, int clock, int length) => [0, 1, .. Varint(client), 1, .. Varint(clock), .. Varint(length)];

    public static byte[] StateVector(int client, int clock) => [1, .. Varint(client), .. Varint(clock)];

    /// <summary>Calls a method. Bytes are given as the protocol has them.</summary>
    public Task<InvocationResult> InvokeAsync(string target, params object?[] arguments) => _services
        .InvokeAsync(new(Caller, target, [.. arguments.Select(Serialize)]), CancellationToken.None)
        .In();

    /// <summary>Calls a method that gives a value, as JSON shows it.</summary>
    public async Task<JsonElement> GetAsync(string target, params object?[] arguments)
    {
        var result = await InvokeAsync(target, arguments);
        var payload = (result as InvocationResult.Value ?? throw new InvalidOperationException(result.ToString())).Payload;
        Assert.Equal(Format, payload.Format);
        return JsonElement.Parse(Format == PayloadFormat.Json ? payload.Bytes.Span : System.Text.Encoding.UTF8.GetBytes(MessagePackSerializer.ConvertToJson(payload.Bytes)));
    }

    /// <summary>Calls a method that is refused, and gives the reason.</summary>
    public async Task<string> RefusedAsync(string target, params object?[] arguments) =>
        Assert.IsType<InvocationResult.Failed>(await InvokeAsync(target, arguments)).Error;

    /// <summary>Changes a document, and gives the position.</summary>
    public async Task<string> ChangeAsync(string id, byte[] update, string? key = null) =>
        (await GetAsync("document-change", id, update, key)).GetProperty("position").GetString()!;

    public static byte[]? Bytes(JsonElement reply, string name) => reply.TryGetProperty(name, out var bytes) ? bytes.GetBytesFromBase64() : null;

    public static List<byte[]> Updates(JsonElement reply) => [.. reply.GetProperty("updates").EnumerateArray().Select(update => update.GetBytesFromBase64())];

    public static string Position(JsonElement reply) => reply.GetProperty("position").GetString()!;

    /// <summary>The changes that a document's stream holds.</summary>
    public async Task<List<DocumentChanged>> ChangesAsync(string id)
    {
        var page = (ReadResult.Page)await Log.ReadAsync(Stream(id), ReadFrom.Start, int.MaxValue, CancellationToken.None);
        return [.. page.Entries.SelectMany(entry => Frames.Decode(Stream(id), entry.Last.Offset, entry.Frame)).Cast<DocumentChanged>()];
    }

    private Payload Serialize(object? value) => Format == PayloadFormat.Json
        ? new(PayloadFormat.Json, JsonSerializer.SerializeToUtf8Bytes(value))
        : new(PayloadFormat.MessagePack, MessagePackSerializer.Serialize(value));

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
