using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>As a user that may run the documented commands only: no INFO, CONFIG, CLIENT or MEMORY, in scripts or outside.</summary>
public sealed class RedisAccessEventLogTests(RedisServer redis) : RedisEventLogConformance, IClassFixture<RedisServer>
{
    protected override string Configuration => $"{redis.EndPoint},user={Prefix},password=secret";

    public override async ValueTask InitializeAsync()
    {
        await GrantAsync(redis, Prefix, Prefix);
        await base.InitializeAsync();
    }

    /// <summary>Makes a user with the documented rules, for a prefix; its password is <c>secret</c>.</summary>
    public static async Task GrantAsync(RedisServer redis, string user, string prefix)
    {
        var rules = RedisDocument.AccessRules.Select(rule => rule.Replace("serverless:*", $"{prefix}:*", StringComparison.Ordinal));
        Assert.Equal("OK", (await redis.CommandAsync(["ACL", "SETUSER", user, "on", ">secret", .. rules])).Trim());
    }
}
