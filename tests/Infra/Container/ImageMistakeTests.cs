using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Infra.Container;

/// <summary>Each rule for the image finds the mistake that it is there for.</summary>
[Collection(nameof(NodeImage))]
public sealed class ImageMistakeTests(NodeImage made)
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    [Theory]
    [InlineData("User", "\"0\"")]
    [InlineData("User", "null")]
    [InlineData("WorkingDir", "\"/\"")]
    [InlineData("Entrypoint", "[\"dotnet\",\"/app/Serverless.Core.dll\"]")]
    [InlineData("Cmd", "[\"fleet\"]")]
    [InlineData("ExposedPorts", "{\"80/tcp\":{}}")]
    [InlineData("ExposedPorts", "{\"8080/tcp\":{},\"9090/tcp\":{}}")]
    [InlineData("Env", "[\"PATH=/usr/bin\",\"ASPNETCORE_HTTP_PORTS=8888\"]")]
    [InlineData("Env", "[\"PATH=/usr/bin\",\"ASPNETCORE_HTTP_PORTS=8080\",\"Serverless__Keys__Primary=a-key\"]")]
    public void Faults_OtherStart_AreNamed(string name, string value)
    {
        var config = Config();
        config["config"]![name] = JsonNode.Parse(value);
        Assert.StartsWith($"{name} is ", Assert.Single(ImageRules.Faults(made.Pushed with { Config = config })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("architecture", "arm64")]
    [InlineData("os", "windows")]
    public void Faults_OtherPlatform_IsNamed(string name, string value)
    {
        var config = Config();
        config[name] = value;
        Assert.StartsWith($"{name} is ", Assert.Single(ImageRules.Faults(made.Pushed with { Config = config })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("licenses", "None")]
    [InlineData("description", "")]
    [InlineData("base.digest", "sha256:")]
    public void Faults_OtherLabel_IsNamed(string name, string value)
    {
        var config = Config();
        config["config"]!["Labels"]![$"org.opencontainers.image.{name}"] = value;
        Assert.Contains(name, Assert.Single(ImageRules.Faults(made.Pushed with { Config = config })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app/appsettings.json")]
    [InlineData("app/appsettings.Development.json")]
    [InlineData("app/data/streams.db")]
    [InlineData("app/Program.cs")]
    [InlineData("app/Serverless.SelfHost.xml")]
    [InlineData("app/Serverless.Tests.dll")]
    [InlineData("app/Unknown.dll")]
    [InlineData("app/web.config")]
    [InlineData("app/nginx/shared/key.pem")]
    [InlineData("app/wwwroot/node_modules/yjs/package.json")]
    [InlineData("app/runtimes/win-x64/native/e_sqlite3.dll")]
    [InlineData("etc/nginx.conf")]
    public void Faults_StrayFile_IsNamed(string path) =>
        Assert.Equal($"{path} doesn't belong there", Assert.Single(ImageRules.Faults(With(new ImageFile(path, Mode, [])))));

    [Fact]
    public void Faults_SecretInAnExpectedFile_IsNamed() =>
        Assert.Equal("app/nginx/more.conf holds a secret", Assert.Single(ImageRules.Faults(With(new ImageFile("app/nginx/more.conf", Mode, Encoding.UTF8.GetBytes($"# {ImageRules.Secret}"))))));

    [Fact]
    public void Faults_FileThatAllMayWrite_IsNamed() =>
        Assert.StartsWith("app/nginx/more.conf has the mode ", Assert.Single(ImageRules.Faults(With(new ImageFile("app/nginx/more.conf", Mode | UnixFileMode.OtherWrite, [])))), StringComparison.Ordinal);

    [Theory]
    [InlineData("app/libe_sqlite3.so")]
    [InlineData("app/wwwroot/index.html")]
    [InlineData("app/wwwroot/lib/signalr/signalr.js")]
    [InlineData("app/nginx/shared/proxy.conf")]
    public void Faults_MissingFile_IsNamed(string path) =>
        Assert.Equal($"{path} is missing", Assert.Single(ImageRules.Faults(made.Pushed with { Files = [.. made.Pushed.Files.Where(file => file.Path != path)] })));

    [Fact]
    public void Faults_LargeLayer_IsNamed() =>
        Assert.StartsWith("the layer has ", Assert.Single(ImageRules.Faults(made.Pushed with { LayerBytes = ImageRules.MaxLayerBytes + 1 })), StringComparison.Ordinal);

    private PushedImage With(ImageFile file) => made.Pushed with { Files = [.. made.Pushed.Files, file] };

    private JsonObject Config() => made.Pushed.Config.DeepClone().AsObject();
}
