using System.Text;
using MessagePack;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;
using Serverless.Services;
using Xunit;
using static Serverless.Tests.Core.Services.Documents.DocumentHost;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services.Documents;

public sealed class DocumentHandlersTests
{
    public static TheoryData<PayloadFormat> Formats => [PayloadFormat.Json, PayloadFormat.MessagePack];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Change_Update_IsStoredAndSentToTheOthers(PayloadFormat format)
    {
        await using var host = new DocumentHost { Format = format };
        var update = Typed(1, 0, "hello");
        var reply = await host.GetAsync("document-change", "report", update);

        var change = Assert.Single(await host.ChangesAsync("report"));
        Assert.Equal(("ann", null), (change.User, change.Key));
        Assert.Equal(update, change.Update.ToArray());
        Assert.False(reply.GetProperty("compact").GetBoolean());
        var message = Assert.IsType<MessageSent>(Assert.Single(await AllAsync(host.Log)));
        Assert.Equal((Audience.Group("document/report"), "document-updated", new ConnectionId("c")), (message.Audience, message.Target, Assert.Single(message.Excluded)));
        var head = (await host.Log.HeadAsync(Stream("report"), CancellationToken.None)).Head;
        Assert.Equal(1, head.Offset);
        Assert.Equal($"{head}", Position(reply));
        var json = new System.Buffers.ArrayBufferWriter<byte>();
        Transcoder.WriteJson(message.Arguments, json);
        Assert.Equal($"[\"report\",\"{head}\",\"{Convert.ToBase64String(update)}\"]", Encoding.UTF8.GetString(json.WrittenSpan));
        var reader = new MessagePackReader(message.Arguments.Bytes);
        Assert.Equal((3, "report", $"{head}"), (reader.ReadArrayHeader(), reader.ReadString(), reader.ReadString()));
        Assert.Equal(MessagePackType.Binary, reader.NextMessagePackType);
    }

    [Fact]
    public async Task Change_RepeatedWithItsKey_IsStoredAndSentOnce()
    {
        await using var host = new DocumentHost();
        var first = await host.ChangeAsync("report", Typed(1, 0, "a"), "key");
        var second = await host.ChangeAsync("report", Typed(1, 1, "b"), "other");
        host.Caller = host.Caller with { Connection = new("later") };

        Assert.Equal(first, await host.ChangeAsync("report", Typed(1, 0, "a"), "key"));
        Assert.NotEqual(first, second);
        Assert.Equal(2, (await host.ChangesAsync("report")).Count);
        Assert.Equal(2, (await AllAsync(host.Log)).Count);
    }

    /// <summary>The first attempt ended between the two appends: the repeated one makes up for it.</summary>
    [Fact]
    public async Task Change_FanOutFailedAtFirst_RepeatedChangeIsSent()
    {
        await using var host = new DocumentHost();
        var appends = 0;
        host.Log.BeforeAppend = _ => ++appends == 2 ? throw new LogUnavailableException(Chat, "down") : Task.CompletedTask;
        await Assert.ThrowsAsync<LogUnavailableException>(() => host.ChangeAsync("report", Typed(1, 0, "a"), "key"));
        Assert.Empty(await AllAsync(host.Log));

        Assert.StartsWith("1.", await host.ChangeAsync("report", Typed(1, 0, "a"), "key"), StringComparison.Ordinal);
        Assert.Single(await host.ChangesAsync("report"));
        Assert.Single(await AllAsync(host.Log));
    }

    /// <summary>Keys as long as they may be, of both the change and its message.</summary>
    [Fact]
    public async Task Change_LongestIdAndKey_AreTaken()
    {
        await using var host = new DocumentHost();

        Assert.StartsWith("1.", await host.ChangeAsync(new('ü', 128), Typed(1, 0, "a"), new('k', 128)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Methods_WrongArguments_AreRefusedAndNothingStored(PayloadFormat format)
    {
        await using var host = new DocumentHost(options => (options.MaxUpdateBytes, options.MaxSnapshotBytes) = (1024, 2048)) { Format = format };
        var update = Typed(1, 0, "a");
        (string Method, object?[] Arguments, string Reason)[] calls =
        [
            ("document-change", [], "id has 1 to 128"),
            ("document-change", ["", update], "id has 1 to 128"),
            ("document-change", [new string('x', 129), update], "id has 1 to 128"),
            ("document-change", ["a\nb", update], "control"),
            ("document-change", [5, update], "id has 1 to 128"),
            ("document-change", ["d"], "missing"),
            ("document-change", ["d", 5], "missing"),
            ("document-change", ["d", "no base64!"], "missing"),
            ("document-change", ["d", null], "missing"),
            ("document-change", ["d", new byte[] { 1, 2, 3 }], "isn't one of Yjs"),
            ("document-change", ["d", new byte[] { 0, 0 }], "changes nothing"),
            ("document-change", ["d", Typed(1, 0, new('x', 1024))], "at most 1024"),
            ("document-change", ["d", update, ""], "key has 1 to 128"),
            ("document-change", ["d", update, new string('k', 129)], "key has 1 to 128"),
            ("document-change", ["d", update, "key", 1], "4 arguments"),
            ("document-sync", ["d", "nonsense"], "position"),
            ("document-sync", ["d", ".0123456789abcdef"], "position"),
            ("document-sync", ["d", "-1.0123456789abcdef"], "position"),
            ("document-sync", ["d", 5], "position"),
            ("document-sync", ["d", null, new byte[] { 9 }], "isn't one of Yjs"),
            ("document-snapshot", ["d", null, update], "needs the position"),
            ("document-snapshot", ["d", "1.0123456789abcdef"], "missing"),
            ("document-snapshot", ["d", "1.0123456789abcdef", Typed(1, 0, new('x', 2048))], "at most 2048"),
            ("document-snapshot", ["d", "1.0123456789abcdef", new byte[] { 7 }], "isn't one of Yjs"),
            ("document-leave", [], "id has 1 to 128"),
            ("document-leave", ["d", "more"], "2 arguments"),
        ];
        foreach (var (method, arguments, reason) in calls)
        {
            Assert.Contains(reason, await host.RefusedAsync(method, arguments), StringComparison.Ordinal);
        }

        Assert.Empty(await AllAsync(host.Log));
        Assert.Empty(await host.ChangesAsync("d"));
    }

    [Fact]
    public async Task Methods_DocumentNotInTheToken_AreRefusedAndNothingStored()
    {
        await using var host = new DocumentHost();
        host.Caller = host.Caller with { Access = new(null, ["mine", "team-*"]) };
        foreach (var id in (string[])["mine", "team-1"])
        {
            await host.ChangeAsync(id, Typed(1, 0, "a"));
        }

        Assert.Contains("isn't allowed", await host.RefusedAsync("document-change", "other", Typed(1, 0, "a")), StringComparison.Ordinal);
        Assert.Contains("isn't allowed", await host.RefusedAsync("document-sync", "other"), StringComparison.Ordinal);
        Assert.Contains("isn't allowed", await host.RefusedAsync("document-snapshot", "other", "1.0123456789abcdef", Typed(1, 0, "a")), StringComparison.Ordinal);
        Assert.Contains("isn't allowed", await host.RefusedAsync("document-leave", "other"), StringComparison.Ordinal);
        Assert.Equal(2, (await AllAsync(host.Log)).Count);
        Assert.Empty(await host.ChangesAsync("other"));
    }

    /// <summary>Whatever groups a client may be in, it doesn't get at documents by them.</summary>
    [Fact]
    public async Task MessagingMethods_GroupOrTargetOfDocuments_AreRefused()
    {
        await using var host = new DocumentHost();

        Assert.Contains("belong to documents", await host.RefusedAsync("JoinGroup", "document/report"), StringComparison.Ordinal);
        Assert.Contains("belong to documents", await host.RefusedAsync("LeaveGroup", "document/report"), StringComparison.Ordinal);
        Assert.Contains("belong to documents", await host.RefusedAsync("SendToGroup", "document/report", "note", 1), StringComparison.Ordinal);
        Assert.Contains("targets of services", await host.RefusedAsync("SendToGroup", "room", "Document-Updated", 1), StringComparison.Ordinal);
        Assert.Contains("targets of services", await host.RefusedAsync("Broadcast", "document-updated", 1), StringComparison.Ordinal);
        Assert.Empty(await AllAsync(host.Log));
        Assert.IsType<InvocationResult.Done>(await host.InvokeAsync("JoinGroup", "documents"));
        Assert.IsType<InvocationResult.Done>(await host.InvokeAsync("SendToUser", "document/ann", "note", 1));
    }

    [Fact]
    public async Task SyncAndLeave_Caller_IsInTheGroupBetween()
    {
        await using var host = new DocumentHost();
        await host.GetAsync("document-sync", "report");
        Assert.IsType<InvocationResult.Done>(await host.InvokeAsync("document-leave", "report"));

        Assert.Equal(
            [
                new GroupJoined { Group = "document/report", Member = GroupMember.Connection(new("c")) },
                new GroupLeft { Group = "document/report", Member = GroupMember.Connection(new("c")) },
            ],
            await AllAsync(host.Log));
    }

    [Fact]
    public async Task Change_BeyondTheDocumentsLimit_IsRefusedUntilItIsCompacted()
    {
        await using var host = new DocumentHost(options => options.MaxDocumentBytes = 2000);
        var position = "";
        for (var i = 0; i < 3; i++)
        {
            position = await host.ChangeAsync("report", Typed(1, i * 600, new('x', 600)));
        }

        Assert.StartsWith("document-full: ", await host.RefusedAsync("document-change", "report", Typed(1, 1800, new('x', 600))), StringComparison.Ordinal);
        Assert.Equal(3, (await host.ChangesAsync("report")).Count);
        await host.ChangeAsync("another", Typed(1, 0, new('x', 600)));

        // what was deleted for good takes no room
        await host.GetAsync("document-snapshot", "report", position, new byte[] { 1, 1, 1, 0, 0, 0x88, 0x0E, 0 });
        await host.ChangeAsync("report", Typed(1, 1800, new('x', 600)));
    }
}
