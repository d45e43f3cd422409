using System.Text;
using Microsoft.Extensions.Options;
using Serverless.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Security;

public sealed class AccessKeysTests
{
    private const string First = "the-first-key-that-has-more-than-32-bytes";
    private const string Second = "the-second-key-that-has-more-than-32-bytes";

    [Fact]
    public void Current_PrimaryAndSecondary_StandInThisOrder()
    {
        using var ring = new KeyRing(new() { ["Serverless:Keys:Secondary"] = Second, ["Serverless:Keys:Primary"] = First });

        Assert.Equal([First, Second], Current(ring));
    }

    [Fact]
    public void Current_ConfigurationChanged_IsTheNewOne()
    {
        using var ring = new KeyRing(new() { ["Serverless:Keys:Primary"] = First });
        Assert.Equal([First], Current(ring));

        ring.Change("Serverless:Keys:Primary", Second);

        Assert.Equal([Second], Current(ring));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData(DevelopmentKey.Value)]
    public void Current_ConfigurationChangedForTheWorse_StaysAsItWas(string worse)
    {
        using var ring = new KeyRing(new() { ["Serverless:Keys:Primary"] = First });
        Assert.Equal([First], Current(ring));

        ring.Change("Serverless:Keys:Primary", worse);

        Assert.Equal([First], Current(ring));
    }

    [Theory]
    [InlineData("http://localhost:8888")]
    [InlineData("http://127.0.0.1:8888;http://[::1]:8888")]
    [InlineData("http://127.1.2.3")]
    public void Keys_DevelopmentOnLoopback_AreThePublishedOne(string urls)
    {
        using var ring = new KeyRing(new() { ["urls"] = urls }, "Development");

        Assert.True(ring.Keys.IsDevelopment);
        Assert.Equal([DevelopmentKey.Value], Current(ring));
    }

    [Theory]
    [InlineData("Development", "http://0.0.0.0:8888")]
    [InlineData("Development", "http://*:8888")]
    [InlineData("Development", "http://+:8888")]
    [InlineData("Development", "http://[::]:8888")]
    [InlineData("Development", "http://localhost:8888;http://192.168.0.7:8888")]
    [InlineData("Development", "http://localhost.example.com:8888")]
    [InlineData("Production", "http://localhost:8888")]
    [InlineData("Staging", "http://localhost:8888")]
    public void Keys_NoneOrThePublishedOneElsewhere_AreRefused(string environment, string urls)
    {
        foreach (var key in new[] { null, DevelopmentKey.Value })
        {
            using var ring = new KeyRing(new() { ["urls"] = urls, ["Serverless:Keys:Primary"] = key }, environment);
            var fault = Assert.Throws<OptionsValidationException>(() => ring.Keys);
            Assert.Contains("Serverless:Keys:Primary", fault.Message, StringComparison.Ordinal);
            Assert.Contains("Serverless__Keys__Primary", fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http_ports", "8080")]
    [InlineData("https_ports", "8443")]
    [InlineData("Kestrel:Endpoints:Http:Url", "http://*:80")]
    public void Keys_DevelopmentOnOtherSettingsOfAddresses_AreRefused(string setting, string value)
    {
        using var ring = new KeyRing(new() { [setting] = value }, "Development");

        Assert.Throws<OptionsValidationException>(() => ring.Keys);
    }

    [Theory]
    [InlineData("0123456789012345678901234567890", "32 bytes")]
    [InlineData("a-key-with;a-semicolon-in-it-and-32-bytes", "semicolon")]
    [InlineData(" a-key-with-white-space-around-and-32-bytes", "white space")]
    public void Keys_ThatWorkNowhere_AreRefusedWithoutBeingShown(string key, string why)
    {
        using var ring = new KeyRing(new() { ["Serverless:Keys:Primary"] = First, ["Serverless:Keys:Secondary"] = key });

        var fault = Assert.Throws<OptionsValidationException>(() => ring.Keys);
        Assert.Contains("Serverless:Keys:Secondary", fault.Message, StringComparison.Ordinal);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, fault.Message, StringComparison.Ordinal);
    }

    private static string[] Current(KeyRing ring) => [.. ring.Keys.Current.Select(Encoding.UTF8.GetString)];
}
