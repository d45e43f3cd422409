using System.Buffers.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Transports;
using Xunit;

namespace Serverless.Tests.SelfHost.Transports;

public sealed class ConnectionTokenTests : IDisposable
{
    private const string Address = "http://10.0.0.5:8888";
    private const string First = "first-key-first-key-first-key-first-key";
    private const string Second = "second-key-second-key-second-key-second";

    private readonly FakeTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<AccessKeys> _keys = [];

    public void Dispose() => _keys.ForEach(keys => keys.Dispose());

    [Fact]
    public void Read_OwnToken_GivesWhatItWasMadeFor()
    {
        var (id, token) = Tokens(First).Create(new("chat"), false, Address, TimeSpan.FromSeconds(15));

        Assert.Equal(new TokenContent(id, _time.GetUtcNow() + TimeSpan.FromSeconds(15), Address), Tokens(First).Read("chat", token));
    }

    [Fact]
    public void Create_Twice_GivesOtherIdsAndTokensThatAreSafeInUrls()
    {
        var made = Enumerable.Range(0, 100).Select(_ => Tokens(First).Create(new("chat"), false, Address, TimeSpan.FromSeconds(15))).ToList();

        Assert.Equal(100, made.Select(each => each.Id).Distinct().Count());
        Assert.Equal(100, made.Select(each => each.Token).Distinct().Count());
        Assert.All(made, each => Assert.Matches("^[A-Za-z0-9_-]+$", each.Id.Value + each.Token));
        Assert.All(made, each => Assert.DoesNotContain(each.Id.Value, each.Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("news")]
    [InlineData("Chat")]
    [InlineData("")]
    public void Read_AnotherHub_IsRefused(string hub) =>
        Assert.Null(Tokens(First).Read(hub, Tokens(First).Create(new("chat"), false, Address, TimeSpan.FromSeconds(15)).Token));

    [Fact]
    public void Read_AnotherKey_IsRefused() =>
        Assert.Null(Tokens(Second).Read("chat", Tokens(First).Create(new("chat"), false, Address, TimeSpan.FromSeconds(15)).Token));

    [Fact]
    public void Read_KeyThatBecameSecondary_IsStillGood()
    {
        var (id, token) = Tokens(First).Create(new("chat"), false, Address, TimeSpan.FromSeconds(15));

        Assert.Equal(id, Tokens(Second, First).Read("chat", token)?.Id);
        Assert.Equal(id, Tokens(First, Second).Read("chat", token)?.Id);
    }

    [Fact]
    public void Read_AnyBitFlipped_IsRefused()
    {
        var tokens = Tokens(First, Second);
        var bytes = Base64Url.DecodeFromChars(tokens.Create(new("chat"), false, Address, TimeSpan.FromSeconds(15)).Token);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(tokens.Read("chat", Base64Url.EncodeToString(bytes)));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.NotNull(tokens.Read("chat", Base64Url.EncodeToString(bytes)));
    }

    [Fact]
    public void Read_CutOrLonger_IsRefused()
    {
        var tokens = Tokens(First);
        var token = tokens.Create(new("chat"), false, Address, TimeSpan.FromSeconds(15)).Token;
        for (var length = 0; length < token.Length; length++)
        {
            Assert.Null(tokens.Read("chat", token[..length]));
        }

        Assert.Null(tokens.Read("chat", token + "AAAA"));
        Assert.Null(tokens.Read("chat", new string('A', 512)));
        Assert.Null(tokens.Read("chat", new string('A', 1_000_000)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("a+b/")]
    [InlineData("é")]
    public void Read_NotBase64Url_IsRefused(string token) => Assert.Null(Tokens(First).Read("chat", token));

    [Fact]
    public void Read_AfterItsTime_SaysWhenThatWas()
    {
        var (_, token) = Tokens(First).Create(new("chat"), false, Address, TimeSpan.FromSeconds(15));
        _time.Advance(TimeSpan.FromSeconds(16));

        Assert.True(Tokens(First).Read("chat", token)!.ConnectBy < _time.GetUtcNow());
    }

    private ConnectionToken Tokens(string primary, string? secondary = null)
    {
        var factory = new OptionsFactory<KeyOptions>(
            [new ConfigureOptions<KeyOptions>(options => (options.Primary, options.Secondary) = (primary, secondary))], []);
        var keys = new AccessKeys(factory, [], NullLogger<AccessKeys>.Instance);
        _keys.Add(keys);
        return new(keys, _time);
    }
}
