using System.Net;
using System.Net.Http.Json;
using Serverless.Tests.Fixtures.Functions;
using Xunit;

namespace Serverless.Tests.Functions;

/// <summary>The functions app, started as a process and loaded over the host's own protocol.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    private static readonly string[] Expected = ["negotiate", "publish", "notifications", "health", "presence-sweep", "delivery-resend"];

    private readonly FunctionsHost _host = new()
    {
        Settings = new() { ["AzureSignalRConnectionString"] = "Endpoint=https://chat.example.com;AccessKey=a-key-for-tests-that-has-more-than-32-bytes;Version=1.0;" },
    };
    private readonly HttpClient _http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public void Load_AllFunctions_AreThere() =>
        Assert.Empty(Expected.Except(_host.Functions));

    [Fact]
    public async Task Health_LogAnswers_IsReady()
    {
        using var answer = await _http.GetAsync(new Uri($"{_host.Url}/api/health"), Stop);

        Assert.Equal("""{"status":"ready"}""", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("chat", "{", HttpStatusCode.BadRequest)]
    [InlineData("chat", "[]", HttpStatusCode.BadRequest)]
    [InlineData("chat", """{"arguments":[1]}""", HttpStatusCode.BadRequest)]
    [InlineData("chat", """{"target":"a","group":"g","user":"u"}""", HttpStatusCode.BadRequest)]
    [InlineData("1chat", """{"target":"a"}""", HttpStatusCode.BadRequest)]
    public async Task Publish_BadInput_IsRefusedWithTheReason(string hub, string body, HttpStatusCode status)
    {
        using var answer = await _http.PostAsync(new Uri($"{_host.Url}/api/hubs/{hub}/publish"), new StringContent(body), Stop);

        Assert.Equal(status, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<Dictionary<string, object>>(Stop);
        Assert.NotEmpty($"{problem!["detail"]}");
    }

    [Theory]
    [InlineData("/api/negotiate?hub=chat", null, HttpStatusCode.Unauthorized)]
    [InlineData("/api/negotiate?hub=chat&user=ada", null, HttpStatusCode.Unauthorized)]
    [InlineData("/api/negotiate?hub=chat", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", HttpStatusCode.Unauthorized)]
    [InlineData("/api/negotiate?hub=1", null, HttpStatusCode.BadRequest)]
    [InlineData("/api/negotiate", null, HttpStatusCode.BadRequest)]
    public async Task Negotiate_WithoutAToken_IsRefusedOutsideDevelopment(string path, string? token, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{_host.Url}{path}"));
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        using var answer = await _http.SendAsync(request, Stop);

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Timers_Invoked_Succeed()
    {
        Assert.Equal(new("Success", null), await _host.InvokeTimerAsync("presence-sweep"));
        Assert.Equal(new("Success", null), await _host.InvokeTimerAsync("delivery-resend"));
    }

    [Fact]
    public async Task Terminate_Idle_EndsWithSuccess() => Assert.Equal(0, await _host.TerminateAsync());
}
