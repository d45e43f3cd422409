using System.Net;
using System.Text;
using System.Text.Json;
using Serverless.Events;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>Bodies as data: what a node takes from them, or why it refuses them; and what it answers, byte for byte. Contract, section 3.2.</summary>
public sealed class RestBodyTests(RestNode fixture) : IClassFixture<RestNode>
{
    private static Dictionary<string, JsonElement> Vectors { get; } = VectorFile.Read("SelfHost/Rest/Vectors/bodies.json");

    private static Dictionary<string, JsonElement> Answers { get; } = VectorFile.Read("SelfHost/Rest/Vectors/answers.json");

    public static TheoryData<string> Names { get; } = [.. Vectors.Keys];

    public static TheoryData<string> AnswerNames { get; } = [.. Answers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Send_Vector_IsStoredAsItIsOrRefused(string name)
    {
        var (vector, hub) = (Vectors[name], $"h{Guid.NewGuid():N}");
        var answer = await fixture.Node.CallAsync("POST", $"/api/v1/hubs/{hub}", RestNode.Body(vector.Bytes("text", "hex"), vector.Text("contentType")!));

        if (vector.TryGetProperty("refused", out var status))
        {
            var code = status.GetInt32() == 415 ? "Error.Request.UnsupportedMediaType" : "Error.Request.Invalid";
            await RestNode.AssertErrorAsync(answer, (HttpStatusCode)status.GetInt32(), code, vector.Text("says")!);
            Assert.Empty(await fixture.Node.StoredAsync(hub));
        }
        else
        {
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            var sent = Assert.IsType<MessageSent>(Assert.Single(await fixture.Node.StoredAsync(hub)));
            Assert.Equal((vector.Text("target"), Format(vector)), (sent.Target, sent.Arguments.Format));
            Assert.Equal(
                vector.Text("arguments"),
                Format(vector) == PayloadFormat.Json ? Encoding.UTF8.GetString(sent.Arguments.Bytes.Span) : Convert.ToHexString(sent.Arguments.Bytes.Span));
        }
    }

    [Theory]
    [MemberData(nameof(AnswerNames))]
    public async Task Answer_Vector_IsItsBodyByteForByte(string name)
    {
        var vector = Answers[name];
        using var request = vector.Text("text") is { } body ? RestNode.Json(body) : null;
        using var answer = vector.TryGetProperty("anonymous", out _)
            ? await fixture.Node.Http.GetAsync(new Uri(vector.Text("target")!, UriKind.Relative), TestContext.Current.CancellationToken)
            : await fixture.Node.CallAsync(vector.Text("method")!, vector.Text("target")!, request);

        Assert.Equal(vector.GetProperty("status").GetInt32(), (int)answer.StatusCode);
        Assert.Equal(vector.Text("code"), answer.Headers.TryGetValues("x-ms-error-code", out var codes) ? codes.Single() : null);
        Assert.Equal(vector.Text("body"), await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static PayloadFormat Format(JsonElement vector) => Enum.Parse<PayloadFormat>(vector.Text("format")!, ignoreCase: true);
}
