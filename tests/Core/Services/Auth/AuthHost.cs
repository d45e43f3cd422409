using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Serverless.Hosting;
using Serverless.Services.Auth;
using Serverless.Tests.Core.FanOut.AzureSignalR;

namespace Serverless.Tests.Core.Services.Auth;

/// <summary>The authentication as a host has it, by settings; the clock stands still at 2026-01-01.</summary>
internal sealed class AuthHost : IDisposable
{
    public const string Issuer = "https://issuer.example/";
    public const string Audience = "realtime";
    public const long Now = 1767225600;

    private readonly ServiceProvider _services;

    /// <param name="settings">Of the first issuer, beside its name and audience; null takes one away.</param>
    public AuthHost(params (string Setting, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Serverless:Auth:Issuers:0:Issuer"] = Issuer,
            ["Serverless:Auth:Issuers:0:Audience"] = Audience,
        };
        foreach (var (setting, value) in settings)
        {
            all[setting.StartsWith("Serverless", StringComparison.Ordinal) ? setting : $"Serverless:Auth:Issuers:0:{setting}"] = value;
        }

        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(all.Where(one => one.Value is not null)).Build())
            .AddSingleton<TimeProvider>(Time)
            .AddLogging(logging => logging.AddProvider(Log))
            .AddServerlessAuth()
            .BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeSeconds(Now));

    public RecordedMessages Log { get; } = new();

    public Authenticator Authenticator => _services.GetRequiredService<Authenticator>();

    public Negotiation Negotiation => _services.GetRequiredService<Negotiation>();

    public Task<AuthResult> CheckAsync(string? token, string hub = "chat") => Authenticator.AuthenticateAsync(token, hub, CancellationToken.None).In();

    /// <summary>Claims that are good for an hour, and more of them as members of a JSON object; a null takes one away.</summary>
    public static string Claims(string more = "", string? issuer = Issuer, string? audience = $"\"{Audience}\"", string? sub = "\"ada\"", string? exp = "1767229200")
    {
        var members = new (string Name, string? Value)[] { ("iss", issuer is null ? null : $"\"{issuer}\""), ("aud", audience), ("sub", sub), ("exp", exp) }
            .Where(member => member.Value is not null)
            .Select(member => $"\"{member.Name}\":{member.Value}");
        return $"{{{string.Join(',', more.Length > 0 ? members.Append(more) : members)}}}";
    }

    public void Dispose() => _services.Dispose();
}
