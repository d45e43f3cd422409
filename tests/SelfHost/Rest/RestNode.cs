using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>One node for the tests of a class; each test has a hub of its own.</summary>
public sealed class RestNode : IAsyncLifetime
{
    private Node? _node;

    internal Node Node => _node!;

    public async ValueTask InitializeAsync() => _node = await Node.StartAsync();

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? default;

    internal static HttpContent Json(string text) => Body(Encoding.UTF8.GetBytes(text), "application/json; charset=utf-8");

    internal static HttpContent Body(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    /// <summary>An error has a status, a code in the header and in the body, and a sentence.</summary>
    internal static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string code, string sentence)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(status == answer.StatusCode, $"{answer.StatusCode}, not {status}: {text}");
            Assert.Equal(code, Assert.Single(answer.Headers.GetValues("x-ms-error-code")));
            using var detail = JsonDocument.Parse(text);
            Assert.Equal(code, detail.RootElement.GetProperty("code").GetString());
            Assert.Contains(sentence, detail.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }
}
