// azd runs this before it provisions. It builds the node's image and pushes it, if the fleet has nodes and the sources have changed since the last time.
// The tag is made of the sources: who provisions without a change starts no new revision, which would end all connections.
//
// SERVERLESS_NODE_TAG  the tag instead, for a new image of the same sources: after a fix in the base image.
// DOTNET_CONTAINER_PUSH_REGISTRY_UNAME and _PWORD  who pushes; without them the Azure CLI is asked for a token.
#:property PublishAot=false
#:property InvariantGlobalization=true
using System.Diagnostics;
using System.Security.Cryptography;

const string Image = "SERVERLESS_NODE_IMAGE";
const string Repository = "serverless-node";
const string User = "DOTNET_CONTAINER_PUSH_REGISTRY_UNAME";
const string Password = "DOTNET_CONTAINER_PUSH_REGISTRY_PWORD";
// whose password is a token
const string TokenUser = "00000000-0000-0000-0000-000000000000";

if (Environment.GetEnvironmentVariable("AZURE_CONTAINER_REGISTRY_ENDPOINT") is not { Length: > 0 } registry)
{
    Console.WriteLine("No registry yet, or no shard with nodes: no image is built.");
    // what was pushed to a registry that is gone isn't in the next one, which has the same name
    return string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Image)) ? 0 : Run(new("azd", ["env", "set", Image, ""]));
}

var root = Path.GetFullPath("../..", AppContext.GetData("EntryPointFileDirectoryPath") as string ?? Environment.CurrentDirectory);
var tag = Environment.GetEnvironmentVariable("SERVERLESS_NODE_TAG") is { Length: > 0 } given ? given : Tag(root);
var image = $"{registry}/{Repository}:{tag}";
if (Environment.GetEnvironmentVariable(Image) == image)
{
    Console.WriteLine($"{image} is up to date.");
    return 0;
}

var publish = new ProcessStartInfo("dotnet",
[
    "publish", Path.Combine(root, "selfhost"), "-c", "Release", "-t:PublishContainer", "--nologo",
    $"-p:ContainerRegistry={registry}", $"-p:ContainerRepository={Repository}", $"-p:ContainerImageTag={tag}",
]);
if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(User)))
{
    var token = Token(registry.Split('.')[0]);
    if (token.Length == 0)
    {
        Console.Error.WriteLine($"No token for {registry}: az login, or set {User} and {Password}.");
        return 1;
    }

    publish.Environment[User] = TokenUser;
    publish.Environment[Password] = token;
}

return Run(publish) is not 0 and var failed ? failed : Run(new("azd", ["env", "set", Image, image]));

static int Run(ProcessStartInfo start)
{
    using var process = Process.Start(start)!;
    process.WaitForExit();
    return process.ExitCode;
}

static string Token(string registry)
{
    string[] login = ["acr", "login", "--name", registry, "--expose-token", "--query", "accessToken", "--output", "tsv"];
    // on Windows it is az.cmd, which only a shell finds
    var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd", ["/c", "az", .. login]) : new ProcessStartInfo("az", login);
    start.RedirectStandardOutput = true;
    using var az = Process.Start(start)!;
    var token = az.StandardOutput.ReadToEnd().Trim();
    az.WaitForExit();
    return az.ExitCode == 0 ? token : "";
}

static string Tag(string root)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    string[] folders = ["core", "selfhost", "infra/nginx", "clients/js"];
    string[] files = ["Directory.Build.props", "Directory.Packages.props", "global.json"];
    var sources = folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "data" or "lib"))
        .Concat(files)
        .Order(StringComparer.Ordinal);
    foreach (var file in sources)
    {
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{file}\0"));
        hash.AppendData(File.ReadAllBytes(Path.Combine(root, file)));
    }

    return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
}
