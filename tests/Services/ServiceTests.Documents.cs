using System.Text.Json.Serialization;
using MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Services.Auth;
using Xunit;

namespace Serverless.Tests.Services;

public abstract partial class ServiceTests
{
    /// <summary>"Hi", inserted by the client 7 into the text "t": made by Yjs. Sent as bytes: the JSON protocol makes them base64.</summary>
    private const string Hi = "AQEHAAQBAXQCSGkA";

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Document_Changed_IsToldToOthersAndReadByLateJoiners(string protocol)
    {
        var (hub, id) = (NewHub(), "a report, 1");
        await using var ada = await ClientAsync(nodes.First, hub, "ada", protocol);
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        var told = new TaskCompletionSource<string>();
        bob.Connection.On<string, string, object>("document-updated", (document, position, update) => told.TrySetResult($"{document} {position} {Base64(update)}"));
        await bob.Connection.InvokeAsync<object>("document-sync", id, Stop);

        var change = await ada.Connection.InvokeAsync<DocumentReply>("document-change", id, Convert.FromBase64String(Hi), "key-1", Stop);
        var again = await ada.Connection.InvokeAsync<DocumentReply>("document-change", id, Convert.FromBase64String(Hi), "key-1", Stop);
        Assert.Equal(change.Position, again.Position);
        Assert.Equal($"{id} {change.Position} {Hi}", await told.Task.WaitAsync(Guard, Stop));

        var read = await ada.Connection.InvokeAsync<DocumentReply>("document-sync", id, Stop);
        Assert.Equal(change.Position, read.Position);
        Assert.Equal(Hi, Base64(Assert.Single(read.Updates)));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Document_NotInTheToken_IsRefused(string protocol)
    {
        await using var ada = await ClientAsync(nodes.First, NewHub(), "ada", protocol, (Access.DocumentsClaim, Access.ToClaim(["my *"])));

        await ada.Connection.InvokeAsync<DocumentReply>("document-sync", "my notes", Stop);
        foreach (var call in new Func<Task>[]
        {
            () => ada.Connection.InvokeAsync<DocumentReply>("document-sync", "yours", Stop),
            () => ada.Connection.InvokeAsync<DocumentReply>("document-change", "yours", Convert.FromBase64String(Hi), Stop),
        })
        {
            Assert.Contains("isn't allowed", (await Assert.ThrowsAsync<HubException>(call)).Message, StringComparison.Ordinal);
        }
    }

    private static string Base64(object update) => update is byte[] bytes ? Convert.ToBase64String(bytes) : $"{update}";

    /// <summary>What the methods of documents answer with, as far as the tests look at it.</summary>
    [MessagePackObject]
    public sealed record DocumentReply
    {
        [Key("position"), JsonPropertyName("position")]
        public string Position { get; init; } = "";

        [Key("updates"), JsonPropertyName("updates")]
        public object[] Updates { get; init; } = [];
    }
}
