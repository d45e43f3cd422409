using System.Diagnostics;
using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Aws;

/// <summary>What an instance runs at its first start, with the template's names filled in.</summary>
internal sealed partial class UserData
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["AWS::StackName"] = "chat",
        ["AWS::Region"] = "eu-west-1",
        ["AccessKeySecret"] = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:access-key",
        ["NodeImage"] = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/node:0.1.0",
        ["PublicEndpoint"] = "https://realtime.example.com",
        ["RedisEndpoint"] = "redis.example.com:6379",
        ["RedisTokenSecret"] = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:redis-token",
    };

    public UserData(Template template) =>
        Text = NameRule().Replace(template.Property("NodeTemplate", "LaunchTemplateData/UserData/Fn::Base64/Fn::Sub")!.GetValue<string>(), name => Values[name.Groups["name"].Value]);

    public string Text { get; }

    /// <summary>A file that it writes, by the word around it.</summary>
    public string File(string word) =>
        Regex.Match(Text, $"<<'{word}'\n(?<content>.*?)\n{word}\n", RegexOptions.Singleline) is { Success: true } match
            ? match.Groups["content"].Value
            : throw new InvalidOperationException($"The user data has no file between two {word}.");

    /// <summary>Runs the script that makes the node's settings, with stand-ins for the instance's metadata and for AWS's command line.</summary>
    /// <returns>The settings.</returns>
    public async Task<IReadOnlyDictionary<string, string>> SettingsAsync(string accessKey, string token)
    {
        var folder = Directory.CreateTempSubdirectory("instance-");
        try
        {
            StandIn(folder, "curl", """
                case "$*" in
                  *'-X PUT'*/api/token) echo session ;;
                  *'X-aws-ec2-metadata-token: session'*/meta-data/local-ipv4) printf 10.0.0.5 ;;
                  *) exit 22 ;;
                esac
                """);
            StandIn(folder, "aws", $$"""
                case "$*" in
                  *access-key*) echo '{{accessKey}}' ;;
                  *redis-token*) echo '{"token":"{{token}}"}' ;;
                  *) exit 254 ;;
                esac
                """);
            var script = File("SETTINGS").Replace("/run/serverless/", $"{folder.FullName}/", StringComparison.Ordinal);
            await BashAsync(script, folder.FullName);
            return (await System.IO.File.ReadAllLinesAsync(Path.Combine(folder.FullName, "node.env")))
                .Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Lets bash read a script without running it.</summary>
    public static Task ReadAsync(string script) => BashAsync($"set -n\n{script}", null);

    private static void StandIn(DirectoryInfo folder, string name, string script) =>
        Executable.Write(Path.Combine(folder.FullName, name), $"#!/bin/bash\n{script}\n");

    private static async Task BashAsync(string script, string? firstOnPath)
    {
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{firstOnPath}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 || errors.Length > 0)
        {
            throw new InvalidOperationException($"bash ended with {process.ExitCode}: {errors}{await output}");
        }
    }

    [GeneratedRegex(@"\$\{(?<name>[^}]+)\}")]
    private static partial Regex NameRule();
}
