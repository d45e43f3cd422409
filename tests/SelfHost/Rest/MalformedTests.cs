using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>Requests that are wrong in a way that is made up: each is told what is wrong, and the node is as it was. (What is no HTTP, such as %00 in a path, the server
/// itself answers, with a bare 400.)</summary>
[Collection(nameof(Alone))]
public sealed class MalformedTests(RestNode fixture) : IClassFixture<RestNode>
{
    private const string Good = """{"target":"t","arguments":[1,"two",{"three":3}]}""";

    private static readonly string[] Senders = ["{0}", "{0}/groups/g", "{0}/users/u", "{0}/connections/c"];

    private static readonly Gen<string> BadHub = Gen.OneOf(
        Gen.Const(new string('h', 129)), Gen.Const("1hub"), Gen.Const("%20"), Gen.Const("h%2Fx"), Gen.Const("h-x"), Gen.Const("h%0Ax"),
        Gen.Char["-+*~!@$^&()=;:'<>|{}"].Select(c => "h" + Uri.EscapeDataString(c.ToString())));

    private static readonly Gen<string> BadName = Gen.OneOf(Gen.Const(new string('g', 1025)), Gen.Const("%20%20"), Gen.Const("%09"));

    private static readonly Gen<byte[]> BadJson = Gen.OneOf(
        Gen.Int[0, Good.Length - 1].Select(length => Encoding.UTF8.GetBytes(Good[..length])),
        Gen.Byte.Array[0, 40].Select(bytes => (byte[])[0xFF, .. bytes]),
        Gen.OneOf(Gen.Const("[]"), Gen.Const("null"), Gen.Const("1"), Gen.Const("\"target\""), Gen.Const("{}"), Gen.Const("""{"target":null}"""), Gen.Const("""{"target":""}"""),
            Gen.Const("""{"target":1}"""), Gen.Const("""{"target":"t","arguments":{}}"""), Gen.Const("""{"target":"t","arguments":1}"""), Gen.Const(Good + Good),
            Gen.Const($$"""{"target":"{{new string('t', 1025)}}"}"""), Gen.Const("""{"target":"t","arguments":""" + new string('[', 100) + new string(']', 100) + "}"))
            .Select(Encoding.UTF8.GetBytes));

    private static readonly Gen<byte[]> BadMessagePack = Gen.OneOf(
        Gen.Const(Array.Empty<byte>()), Gen.Byte.Array[0, 30].Select(bytes => (byte[])[0xC1, .. bytes]), Gen.Const<byte[]>([0x80]), Gen.Const<byte[]>([0x93, 1, 2, 3]),
        Gen.Const<byte[]>([0xDF, 0xFF, 0xFF, 0xFF, 0xFF]), Gen.Const<byte[]>([0x92, 0xA1, 0x74, 0xDD, 0xFF, 0xFF, 0xFF, 0xFF]), Gen.Const<byte[]>([0x92, 0xA1, 0x74]));

    private static readonly Gen<string> BadVersion = Gen.OneOf(
        Gen.Const(""), Gen.Const("?api-version="), Gen.Const("?api-version=1"), Gen.Const("?api-version=2021-09-30"), Gen.Const("?api-version=2022-13-01"),
        Gen.Const("?api-version=2022-06-01&api-version=2022-11-01"), Gen.String.AlphaNumeric.Select(text => $"?api-version=x{text}"));

    /// <summary>A request that can't be served, whatever it stands for.</summary>
    private static readonly Gen<Call> Bad = Gen.OneOf(
        Gen.Select(BadHub, Gen.OneOf([.. Senders.Select(Gen.Const)]), (hub, path) => new Call("POST", "/api/v1/hubs/" + string.Format(CultureInfo.InvariantCulture, path, hub))),
        Gen.Select(BadName, Gen.Int[0, 3], (name, kind) => new Call("PUT", "/api/v1/hubs/h/" + kind switch
        {
            0 => $"groups/{name}/users/u",
            1 => $"groups/g/users/{(name[0] == '%' ? new string('u', 1025) : name)}",
            2 => $"groups/{name}/connections/c",
            _ => $"users/u/groups/{name}",
        })),
        Gen.Select(BadJson, Gen.OneOf([.. Senders.Select(Gen.Const)]), (body, path) =>
            new Call("POST", "/api/v1/hubs/" + string.Format(CultureInfo.InvariantCulture, path, "h"), body, "application/json")),
        Gen.Select(BadMessagePack, Gen.Bool, (body, framed) => new Call("POST", "/api/v1/hubs/h", body, framed ? "application/octet-stream" : "application/x-msgpack")),
        Gen.Select(Gen.String.AlphaNumeric, type => new Call("POST", "/api/v1/hubs/h", Encoding.UTF8.GetBytes(Good), $"text/x{type}")),
        Gen.Select(BadVersion, Gen.OneOf(Gen.Const("groups/g"), Gen.Const("users/u"), Gen.Const("connections/c"), Gen.Const("groups/g/connections")), (version, path) =>
            new Call("GET", $"/api/hubs/h/{path}{version}")),
        Gen.Select(Gen.Int[-5, 0], ttl => new Call("PUT", $"/api/v1/hubs/h/users/u/groups/g?ttl={(ttl == 0 ? "x" : ttl)}")),
        Gen.Select(Gen.OneOf(Gen.Const("top=0"), Gen.Const("maxpagesize=201"), Gen.Const("maxpagesize=1e2"), Gen.Const("top=-1")), query =>
            new Call("GET", $"/api/hubs/h/groups/g/connections?api-version=2024-12-01&{query}")),
        Gen.Select(Gen.Int[513, 600], length => new Call("POST", $"/api/v1/hubs/h?excluded={new string('x', length)}", Encoding.UTF8.GetBytes(Good), "application/json")),
        Gen.Select(Gen.String.AlphaNumeric, Gen.OneOf(Gen.Const("GET"), Gen.Const("POST"), Gen.Const("PATCH")), (name, verb) => new Call(verb, $"/api/v1/hubs/h/nothing/{name}x")),
        Gen.Select(Gen.String.AlphaNumeric, token => new Call("POST", "/api/v1/hubs/h", Encoding.UTF8.GetBytes(Good), "application/json", $"e30.e30.{token}")));

    [Fact]
    public async Task Requests_TenThousandMalformed_AreEachToldWhatIsWrong()
    {
        // what is there after the first ones is what stays
        await SendAsync(Bad.Array[500].Single());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 20; i++)
        {
            await SendAsync(Bad.Array[500].Single());
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 * 1024 * 1024);
        Assert.Empty(await fixture.Node.StoredAsync("h"));
    }

    private Task SendAsync(Call[] calls) => Parallel.ForEachAsync(
        calls, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (call, stop) =>
        {
            var address = new Uri(
                fixture.Node.Address.GetLeftPart(UriPartial.Authority) + call.Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var request = new HttpRequestMessage(new(call.Verb), address);
            request.Headers.Authorization = new("Bearer", call.Token ?? Jwt.ForApi($"http://localhost{call.Target.Split('?')[0]}", NodeProcess.Key));
            if (call.Body is { } body)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(call.Type!);
            }

            using var answer = await fixture.Node.Http.SendAsync(request, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{call.Verb} {call.Target} {Convert.ToHexString(call.Body ?? [])} was answered with {(int)answer.StatusCode}: {text}");
            Assert.True(text.Length > 0, $"{call.Verb} {call.Target} was answered with {(int)answer.StatusCode} and no body.");
            using var detail = JsonDocument.Parse(text);
            Assert.Equal(detail.RootElement.GetProperty("code").GetString(), Assert.Single(answer.Headers.GetValues("x-ms-error-code")));
            Assert.NotEmpty(detail.RootElement.GetProperty("message").GetString()!);
        });

    private sealed record Call(string Verb, string Target, byte[]? Body = null, string? Type = null, string? Token = null);
}
