using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Connections;
using Serverless.SelfHost.Transports;
using Serverless.Tests.Core;
using Serverless.Tests.Core.Connections;
using Xunit;

namespace Serverless.Tests.SelfHost.Transports;

public sealed class LongPollingIOTests : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(90);

    private readonly TestNode _node = new();
    private readonly LongPollingIO _io;

    public LongPollingIOTests() => _io = new(_node.Connections, _node.Time) { User = null };

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Poll_FramesWaiting_TakesThemOnceAndEndsTheSend()
    {
        var sending = Send("a");
        Assert.False(sending.IsCompleted);
        var (status, text) = await PollAsync();

        Assert.Equal((200, "a"), (status, text));
        await sending.In();
        Assert.Equal((200, ""), await EmptyPollAsync());
    }

    [Fact]
    public async Task Poll_FramesComeLater_AreAnsweredAtOnce()
    {
        var polling = PollAsync();
        Assert.False(polling.IsCompleted);
        await Send("a").In();

        Assert.Equal((200, "a"), await polling.In());
    }

    [Fact]
    public async Task Poll_Newer_TakesOverFromTheOlder()
    {
        var older = PollAsync();
        var newer = PollAsync();
        Assert.Equal((200, ""), await older.In());
        await Send("a").In();

        Assert.Equal((200, "a"), await newer.In());
    }

    [Fact]
    public async Task Poll_ClientLeavesBeforeFramesCome_TheNextPollGetsThem()
    {
        using var left = new CancellationTokenSource();
        var polling = PollAsync(left.Token);
        await left.CancelAsync();
        await polling.In();
        var sending = Send("a");

        Assert.Equal((200, "a"), await PollAsync());
        await sending.In();
    }

    [Fact]
    public async Task Poll_AnswerBreaks_TheNextPollGetsTheFrames()
    {
        var sending = Send("a");
        await _io.PollAsync(Context(new BrokenStream(), CancellationToken.None), Wait).In();
        Assert.False(sending.IsCompleted);

        Assert.Equal((200, "a"), await PollAsync());
        await sending.In();
    }

    [Fact]
    public async Task Poll_AfterTheEnd_Is204AndSaysSo()
    {
        await Send("last", PollAsync()).In();
        await _io.CloseAsync();
        var context = Context(new MemoryStream(), CancellationToken.None);

        Assert.True(await _io.PollAsync(context, Wait).In());
        Assert.Equal(204, context.Response.StatusCode);
        await Assert.ThrowsAsync<IOException>(() => Send("late"));
    }

    [Fact]
    public async Task Poll_ThatTakesTheLastFrames_DoesNotSayThatItEnded()
    {
        var sending = Send("close");
        var answered = await _io.PollAsync(Context(new MemoryStream(), CancellationToken.None), Wait).In();
        await sending.In();
        await _io.CloseAsync();

        Assert.False(answered);
    }

    [Fact]
    public async Task Abort_SendAndPollUnderWay_BothEnd()
    {
        var polling = PollAsync();
        await Send("a").In();
        await polling.In();
        var sending = Send("b");
        _io.Abort();

        await Assert.ThrowsAsync<IOException>(() => sending.In());
        Assert.Equal((204, ""), await PollAsync());
    }

    [Fact]
    public async Task Post_Bytes_AreReceivedAndTheEndIsSeen()
    {
        using var buffer = new ReceiveBuffer();
        Assert.True(await _io.PostAsync(Body("abc"), CancellationToken.None).In());
        Assert.True(await _io.ReceiveAsync(buffer, CancellationToken.None).In());
        Assert.Equal("abc"u8, buffer.Unread.Span);
        _io.EndInput();

        Assert.False(await _io.ReceiveAsync(buffer, CancellationToken.None).In());
        await Assert.ThrowsAsync<IOException>(() => _io.PostAsync(Body("late"), CancellationToken.None).In());
    }

    [Fact]
    public async Task Post_WhileAnotherIsUnderWay_IsRefused()
    {
        var first = _io.PostAsync(Body(new string('x', 200_000)), CancellationToken.None);
        Assert.False(first.IsCompleted);
        Assert.False(await _io.PostAsync(Body("b"), CancellationToken.None).In());
        using var buffer = new ReceiveBuffer();
        while (buffer.Unread.Length < 200_000)
        {
            Assert.True(await _io.ReceiveAsync(buffer, CancellationToken.None).In());
        }

        Assert.True(await first.In());
    }

    [Fact]
    public async Task Abort_PostWaitsForRoom_EndsIt()
    {
        var posting = _io.PostAsync(Body(new string('x', 200_000)), CancellationToken.None);
        Assert.False(posting.IsCompleted);
        _io.Abort();

        await Assert.ThrowsAsync<IOException>(() => posting.In());
        await Assert.ThrowsAsync<IOException>(() => _io.ReceiveAsync(new ReceiveBuffer(), CancellationToken.None).In());
    }

    private Task Send(string text) => _io.SendAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    private async Task Send(string text, Task poll)
    {
        await Send(text);
        await poll;
    }

    private async Task<(int Status, string Text)> PollAsync(CancellationToken left = default)
    {
        using var body = new MemoryStream();
        var context = Context(body, left);
        await _io.PollAsync(context, Wait).In();
        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }

    /// <summary>A poll that nothing comes for.</summary>
    private async Task<(int Status, string Text)> EmptyPollAsync()
    {
        var polling = PollAsync();
        Assert.False(polling.IsCompleted);
        _node.Time.Advance(Wait);
        return await polling.In();
    }

    private static DefaultHttpContext Context(Stream body, CancellationToken left)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        context.RequestAborted = left;
        return context;
    }

    private static PipeReader Body(string text) => PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("gone");
    }
}
