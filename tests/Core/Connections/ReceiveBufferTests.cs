using Serverless.Connections;
using Xunit;

namespace Serverless.Tests.Core.Connections;

public sealed class ReceiveBufferTests
{
    [Fact]
    public void Append_MoreThanTheFirstArray_KeepsAllBytes()
    {
        using var buffer = new ReceiveBuffer();
        var all = new List<byte>();
        for (var i = 0; i < 300; i++)
        {
            byte[] bytes = [.. Enumerable.Range(0, i).Select(n => (byte)(n + i))];
            buffer.Append(bytes);
            all.AddRange(bytes);
        }

        Assert.Equal(all, buffer.Unread.ToArray());
    }

    [Fact]
    public void Consume_InParts_LeavesTheRest()
    {
        using var buffer = new ReceiveBuffer();
        buffer.Append("abcdef"u8);
        buffer.Consume(2);
        Assert.Equal("cdef"u8, buffer.Unread.Span);
        buffer.Append("gh"u8);
        buffer.Consume(0);
        buffer.Consume(5);

        Assert.Equal("h"u8, buffer.Unread.Span);
    }

    [Fact]
    public void GetRoom_WhateverIsUnread_IsLargeEnoughAndBehindIt()
    {
        using var buffer = new ReceiveBuffer();
        var length = 0;
        for (var i = 0; i < 100; i++)
        {
            var room = buffer.GetRoom();
            Assert.True(room.Length >= 512);
            room.Span[..300].Fill((byte)i);
            buffer.Advance(300);
            buffer.Consume(100);
            length += 200;
        }

        Assert.Equal(length, buffer.Unread.Length);
        Assert.Equal((byte)99, buffer.Unread.Span[^1]);
        Assert.Equal((byte)99, buffer.Unread.Span[^300]);
        Assert.Equal((byte)98, buffer.Unread.Span[^301]);
    }

    [Fact]
    public void Consume_Everything_GivesTheArrayBack()
    {
        using var buffer = new ReceiveBuffer();
        buffer.Append(new byte[5000]);
        buffer.Consume(5000);

        Assert.True(buffer.Unread.IsEmpty);
        Assert.False(OwnsArray(buffer));
    }

    [Fact]
    public void Advance_NothingCame_GivesTheArrayBack()
    {
        using var buffer = new ReceiveBuffer();
        buffer.GetRoom();
        Assert.True(OwnsArray(buffer));
        buffer.Advance(0);

        Assert.False(OwnsArray(buffer));
    }

    [Fact]
    public void Dispose_Twice_GivesTheArrayBackOnce()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append("abc"u8);
        buffer.Dispose();
        buffer.Dispose();

        Assert.False(OwnsArray(buffer));
        Assert.True(buffer.Unread.IsEmpty);
    }

    /// <summary>The array that the unread bytes stand in has room, even when there are none.</summary>
    private static bool OwnsArray(ReceiveBuffer buffer) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(buffer.Unread, out var segment) && segment.Array is { Length: > 0 };
}
