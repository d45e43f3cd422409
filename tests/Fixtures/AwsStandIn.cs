using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Serverless.Tests.Fixtures;

/// <summary>What an instance of an Auto Scaling group sees of AWS, on loopback: metadata (version 2 only), the group's API, which checks signatures by code of its own, and the agent's socket.</summary>
internal sealed class AwsStandIn : IAsyncDisposable
{
    public const string Group = "nodes", Hook = "drain", Instance = "i-0123456789abcdef0", Region = "eu-west-1";

    private const string KeyId = "ASIAEXAMPLE", Secret = "a+secret/of+the+role", SessionToken = "the+token/of+the+role==";

    private readonly WebApplication _app;
    private readonly TcpListener _agent = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, byte> _sessions = [];
    private readonly Channel<string> _metrics = Channel.CreateUnbounded<string>();
    private readonly Channel<Dictionary<string, StringValues>> _calls = Channel.CreateUnbounded<Dictionary<string, StringValues>>();
    private Task _listening = Task.CompletedTask;

    private AwsStandIn(WebApplication app) => _app = app;

    /// <summary>The instance's target state; null: it is in no group.</summary>
    public volatile string? State = "InService";

    /// <summary>Calls of the API that fail before the next one is served.</summary>
    public int Faults;

    /// <summary>Whether metadata answers.</summary>
    public volatile bool IsAway;

    public int StateRequests;

    public string Url => _app.Urls.First();

    /// <summary>What a node needs to use it.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Serverless:Aws:Enabled"] = "true",
        ["Serverless:Aws:Group"] = Group,
        ["Serverless:Aws:Hook"] = Hook,
        ["Serverless:Aws:Agent"] = $"tcp://{_agent.LocalEndpoint}",
        ["Serverless:Aws:Metadata"] = Url,
        ["Serverless:Aws:AutoScaling"] = Url,
    };

    public static async Task<AwsStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var aws = new AwsStandIn(app);
        app.MapPut("/latest/api/token", aws.Token);
        app.MapGet("/latest/meta-data/{**path}", aws.Metadata);
        app.MapPost("/", (Delegate)aws.ServeAsync);
        await app.StartAsync();
        aws._agent.Start();
        aws._listening = aws.ListenAsync();
        return aws;
    }

    /// <summary>The next line that the agent got.</summary>
    public Task<string> MetricAsync() => _metrics.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>The next call of the API that was signed as it has to be.</summary>
    public Task<Dictionary<string, StringValues>> CallAsync() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public bool HasCalls => _calls.Reader.Count > 0;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _agent.Stop();
        await _listening;
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private IResult Token(HttpRequest request)
    {
        if (IsAway || request.Headers["X-aws-ec2-metadata-token-ttl-seconds"] is not [{ } ttl] || !int.TryParse(ttl, out _))
        {
            return Results.StatusCode(IsAway ? 503 : 400);
        }

        var token = Guid.NewGuid().ToString("N");
        _sessions[token] = 0;
        return Results.Text(token);
    }

    private IResult Metadata(string path, HttpRequest request)
    {
        if (request.Headers["X-aws-ec2-metadata-token"] is not [{ } token] || !_sessions.ContainsKey(token))
        {
            return Results.Unauthorized();
        }

        if (path.EndsWith("target-lifecycle-state", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref StateRequests);
        }

        var text = path switch
        {
            _ when IsAway => null,
            "autoscaling/target-lifecycle-state" => State,
            "instance-id" => Instance,
            "placement/region" => Region,
            "iam/security-credentials/" => "role",
            "iam/security-credentials/role" =>
                $$"""{"Code":"Success","AccessKeyId":"{{KeyId}}","SecretAccessKey":"{{Secret}}","Token":"{{SessionToken}}","Expiration":"2099-01-01T00:00:00Z"}""",
            _ => null,
        };
        return IsAway ? Results.StatusCode(503) : text is null ? Results.NotFound() : Results.Text(text);
    }

    private async Task<IResult> ServeAsync(HttpRequest request)
    {
        if (Interlocked.Decrement(ref Faults) >= 0)
        {
            return Results.StatusCode(503);
        }

        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        if (!IsSigned(request, body))
        {
            return Results.Text("SignatureDoesNotMatch", statusCode: 403);
        }

        await _calls.Writer.WriteAsync(QueryHelpers.ParseQuery(body));
        return Results.Text("<ok/>");
    }

    /// <summary>As AWS' documentation says, from the request as it came.</summary>
    private static bool IsSigned(HttpRequest request, string body)
    {
        var parts = request.Headers.Authorization.ToString().Split(' ', 2)[1].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var date = request.Headers["X-Amz-Date"].ToString();
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var scope = $"{date[..8]}/{Region}/autoscaling/aws4_request";
        var names = parts["SignedHeaders"].Split(';');
        var canonical = new StringBuilder("POST\n/\n\n");
        foreach (var name in names)
        {
            canonical.Append(CultureInfo.InvariantCulture, $"{name}:{request.Headers[name]}\n");
        }

        canonical.Append(CultureInfo.InvariantCulture, $"\n{parts["SignedHeaders"]}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))}");
        var key = Encoding.UTF8.GetBytes("AWS4" + Secret);
        foreach (var step in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        }

        var text = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        return parts["Credential"] == $"{KeyId}/{scope}"
            && names.Contains("host") && names.Contains("x-amz-date") && names.Contains("x-amz-security-token")
            && request.Headers["X-Amz-Security-Token"] == SessionToken
            && age.Duration() < TimeSpan.FromMinutes(5)
            && parts["Signature"] == Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _agent.AcceptTcpClientAsync(_stop.Token);
                using var reader = new StreamReader(client.GetStream());
                while (await reader.ReadLineAsync(_stop.Token) is { } line)
                {
                    await _metrics.Writer.WriteAsync(line);
                }
            }
        }
        catch (Exception stopped) when (_stop.IsCancellationRequested && (stopped is OperationCanceledException or SocketException or ObjectDisposedException))
        {
            // disposed
        }
    }
}
