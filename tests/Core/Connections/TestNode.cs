using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Lanes;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Connections;

/// <summary>A node without transports: the real pipeline and connections over a real log.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public TestNode(Action<LogOptions>? configure = null)
    {
        Log = new(NewLog(configure));
        Pipeline = new(Log, Frames, Options.Create(new BatchingOptions()), Time);
        var options = new LogOptions();
        configure?.Invoke(options);
        Lane = new(Log, Frames, Options.Create(new VolatileOptions()), Time, NullLogger<VolatileLane>.Instance);
        Connections = new(Log, Frames, Pipeline, Lane, Options.Create(options), Time, NullLogger<NodeConnections>.Instance);
    }

    public TimerTime Time { get; } = new();

    public FaultyLog Log { get; }

    public Pipeline Pipeline { get; }

    public VolatileLane Lane { get; }

    public NodeConnections Connections { get; }

    public async ValueTask DisposeAsync()
    {
        await Connections.DisposeAsync();
        await Lane.DisposeAsync();
        await Pipeline.DisposeAsync();
    }

    public static (ClientConnection Connection, RecordingIO IO) New(string id, string? user = null, HubProtocolKind protocol = HubProtocolKind.Json)
    {
        var io = new RecordingIO();
        return (new(new(id), user, protocol, io, 1 << 20), io);
    }

    /// <summary>Opens and starts a connection whose handshake is answered.</summary>
    public async Task<(ClientConnection Connection, RecordingIO IO)> ConnectAsync(string id, string? user = null)
    {
        var (connection, io) = New(id, user);
        Assert.True(await Connections.OpenAsync(Chat, connection, CancellationToken.None).In());
        connection.Start("{}\u001e"u8.ToArray());
        Assert.Equal("{}", await io.FrameAsync());
        return (connection, io);
    }

    public Task<StoredEvent> AppendAsync(Event value) => Pipeline.AppendAsync(Chat, value, CancellationToken.None).In();

    public Task SendAsync(string target, Audience? to = null, params string[] excluded) => AppendAsync(Message(target, to, excluded: excluded));

    public Task JoinAsync(string connection, string group) =>
        AppendAsync(new GroupJoined { Group = group, Member = GroupMember.Connection(new(connection)) });

    /// <summary>The targets of what a connection gets next, up to a message that ends the test.</summary>
    public async Task<List<string>> ReceivedAsync(RecordingIO io)
    {
        var end = $"end {Guid.NewGuid()}";
        await SendAsync(end);
        var targets = new List<string>();
        while (true)
        {
            using var frame = JsonDocument.Parse(await io.FrameAsync());
            var target = frame.RootElement.GetProperty("target").GetString()!;
            if (target == end)
            {
                return targets;
            }

            if (!target.StartsWith("end ", StringComparison.Ordinal))
            {
                targets.Add(target);
            }
        }
    }
}
