using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Aws;

/// <summary>What goes beyond one value.</summary>
internal sealed class AwsOptionsRules : IValidateOptions<AwsOptions>
{
    public ValidateOptionsResult Validate(string? name, AwsOptions options)
    {
        var faults = new List<string>();
        Check(!options.Enabled || !string.IsNullOrWhiteSpace(options.Group), "Group", "must name the Auto Scaling group when Serverless:Aws:Enabled is true.");
        Check(!options.Enabled || !string.IsNullOrWhiteSpace(options.Hook), "Hook", "must name the group's hook for terminating instances when Serverless:Aws:Enabled is true.");
        Check(options.Agent is { IsAbsoluteUri: true, Scheme: "tcp", Port: > 0 }, "Agent", "must be an address such as tcp://127.0.0.1:25888.");
        Check(options.Metadata is { IsAbsoluteUri: true, Scheme: "http" or "https" }, "Metadata", "must be an http address such as http://169.254.169.254.");
        Check(options.AutoScaling is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, "AutoScaling", "must be an https address such as https://autoscaling.eu-west-1.amazonaws.com.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

        void Check(bool isGood, string setting, string fault)
        {
            if (!isGood)
            {
                faults.Add($"Serverless:Aws:{setting} {fault}");
            }
        }
    }
}
