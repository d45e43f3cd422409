using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Aws;

/// <summary>Asks the instance's metadata service, version 2: by a token for this session. Thread-safe.</summary>
internal sealed class InstanceMetadata(IOptions<AwsOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Never through a proxy: it is on the instance itself.</summary>
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = options.Value.Metadata,
        Timeout = TimeSpan.FromSeconds(2),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    private volatile Session? _session;

    /// <summary>What stands at a path below <c>latest/meta-data/</c>; null when nothing does.</summary>
    /// <exception cref="HttpRequestException">The service can't be reached, or refuses.</exception>
    /// <exception cref="OperationCanceledException">It gave no answer in 2 s, or <paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<string?> FindAsync(string path, CancellationToken cancellationToken)
    {
        var session = _session;
        if (session is null || time.GetUtcNow() >= session.Until)
        {
            session = await BeginAsync(cancellationToken);
        }

        var answer = await GetAsync(path, session, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            // the token is too old for the service
            answer.Dispose();
            answer = await GetAsync(path, await BeginAsync(cancellationToken), cancellationToken);
        }

        using (answer)
        {
            return answer.StatusCode == HttpStatusCode.NotFound
                ? null
                : (await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken)).Trim();
        }
    }

    /// <summary>What stands at a path at which something has to.</summary>
    /// <exception cref="HttpRequestException">The service can't be reached, or has nothing there.</exception>
    public async Task<string> GetAsync(string path, CancellationToken cancellationToken) =>
        await FindAsync(path, cancellationToken) ?? throw new HttpRequestException($"The instance's metadata has no {path}.");

    /// <summary>The credentials of the instance's role.</summary>
    /// <exception cref="HttpRequestException">It has none, or the service can't be reached.</exception>
    public async Task<AwsCredentials> CredentialsAsync(CancellationToken cancellationToken)
    {
        const string path = "iam/security-credentials/";
        var role = (await GetAsync(path, cancellationToken)).Split('\n')[0].Trim();
        try
        {
            return JsonSerializer.Deserialize(await GetAsync(path + Uri.EscapeDataString(role), cancellationToken), AwsJson.Default.AwsCredentials) is
            { AccessKeyId: not null, SecretAccessKey: not null } credentials
                ? credentials
                : throw new HttpRequestException($"The credentials of the role {role} lack their keys.");
        }
        catch (JsonException malformed)
        {
            throw new HttpRequestException($"The credentials of the role {role} are no JSON.", malformed);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Session> BeginAsync(CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + (TokenLifetime * 0.8);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/latest/api/token");
        request.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", $"{TokenLifetime.TotalSeconds:0}");
        using var answer = await _http.SendAsync(request, cancellationToken);
        return _session = new(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken), until);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, Session session, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/latest/meta-data/{path}");
        request.Headers.TryAddWithoutValidation("X-aws-ec2-metadata-token", session.Token);
        return await _http.SendAsync(request, cancellationToken);
    }

    private sealed record Session(string Token, DateTimeOffset Until);
}
