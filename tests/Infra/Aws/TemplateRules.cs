using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.SelfHost.Aws;

namespace Serverless.Tests.Infra.Aws;

/// <summary>What has to fit together in nodes.yaml, and no specification knows.</summary>
internal sealed partial class TemplateRules(Template template)
{
    /// <summary>Where nodes write when nothing says otherwise.</summary>
    private static readonly string AgentSocket = new AwsOptions().Agent.OriginalString;

    /// <summary>Attributes are texts to the specification; these are AWS's, in the documentation of the balancer.</summary>
    private static readonly Dictionary<string, string[]> Attributes = new()
    {
        ["LoadBalancerAttributes"] = ["idle_timeout.timeout_seconds", "routing.http.drop_invalid_header_fields.enabled"],
        ["TargetGroupAttributes"] =
        [
            "stickiness.enabled", "stickiness.type", "stickiness.lb_cookie.duration_seconds", "deregistration_delay.timeout_seconds", "load_balancing.algorithm.type",
        ],
    };

    private readonly UserData _userData = new(template);

    private JsonNode? Hook => template.Property("Nodes", "LifecycleHookSpecificationList/0");

    /// <param name="settings">What the instance gives its node.</param>
    public IEnumerable<string> Faults(IReadOnlyDictionary<string, string> settings) =>
        [.. AttributeKeys(), .. Replacement(), .. Times(settings), .. Names(settings), .. Ports(settings), .. Metric(), .. UnknownSettings(settings)];

    private IEnumerable<string> AttributeKeys() =>
        from resource in template.Resources
        from list in Attributes
        from attribute in resource.Value.All($"Properties/{list.Key}")
        where !list.Value.Contains(attribute.Text("Key"))
        select $"{resource.Key}: {attribute.Text("Key")} is no attribute that is known here.";

    private IEnumerable<string> Replacement()
    {
        if (template.Property("Nodes", "HealthCheckType")?.ToString() != "EC2")
        {
            yield return "The group replaces nodes by their readiness: an outage of Redis would end all of them at once, and a drain has no way back.";
        }
    }

    private IEnumerable<string> Times(IReadOnlyDictionary<string, string> settings)
    {
        var heartbeat = Seconds(Hook.Text("HeartbeatTimeout"));
        if (Seconds(template.Attribute("Targets", "TargetGroupAttributes", "deregistration_delay.timeout_seconds")) > heartbeat)
        {
            yield return "deregistration_delay is longer than the hook's HeartbeatTimeout.";
        }

        if (TimeSpan.Parse(settings.GetValueOrDefault("Serverless__Drain__Timeout", ""), CultureInfo.InvariantCulture) > heartbeat)
        {
            yield return "Serverless__Drain__Timeout is longer than the hook's HeartbeatTimeout: without its heartbeats a node would be ended in its drain.";
        }

        if (Seconds(template.Attribute("Balancer", "LoadBalancerAttributes", "idle_timeout.timeout_seconds")) <= TimeSpan.FromSeconds(30))
        {
            yield return "The idle timeout doesn't exceed the pings of up to 30 s.";
        }
    }

    private IEnumerable<string> Names(IReadOnlyDictionary<string, string> settings)
    {
        if (settings.GetValueOrDefault("Serverless__Aws__Hook") != Hook.Text("LifecycleHookName"))
        {
            yield return "Serverless__Aws__Hook isn't the LifecycleHookName.";
        }

        var group = template.Property("Nodes", "AutoScalingGroupName").Text("Fn::Sub");
        if (settings.GetValueOrDefault("Serverless__Aws__Group") != group?.Replace("${AWS::StackName}", "chat", StringComparison.Ordinal))
        {
            yield return "Serverless__Aws__Group isn't the AutoScalingGroupName.";
        }

        var drain = template.Property("NodeRole", "Policies/0/PolicyDocument").All("Statement").FirstOrDefault(statement => statement.Text("Sid") == "Drain");
        if (drain.Text("Resource/Fn::Sub")?.EndsWith($"/{group}", StringComparison.Ordinal) != true)
        {
            yield return "The role may not complete the lifecycle action of the group.";
        }

        if (!Regex.IsMatch(_userData.Text, @"--resource Nodes\b") || !template.Resources.Any(resource => resource is { Key: "Nodes" }))
        {
            yield return "The signal of the user data isn't for the group.";
        }
    }

    private IEnumerable<string> Ports(IReadOnlyDictionary<string, string> settings)
    {
        var client = PortRule().Match(settings.GetValueOrDefault("ASPNETCORE_URLS", "")).Value;
        var admin = settings.GetValueOrDefault("Serverless__Admin__Urls", "");
        if (template.Property("Targets", "Port")?.ToString() != client)
        {
            yield return $"The target group isn't at the node's port {client}.";
        }

        if (PortRule().Match(settings.GetValueOrDefault("Serverless__Peers__Address", "")).Value != client)
        {
            yield return $"Serverless__Peers__Address isn't at the node's port {client}.";
        }

        if (!admin.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))
        {
            yield return "The admin port isn't on loopback alone.";
        }

        var rules = template.OfType("EC2::SecurityGroup").SelectMany(group => group.All("SecurityGroupIngress")).Concat(template.OfType("EC2::SecurityGroupIngress"));
        foreach (var rule in rules.Where(rule => rule.Text("FromPort") is not ("80" or "443")))
        {
            if (rule.Text("FromPort") != client || rule.Text("ToPort") != client)
            {
                yield return $"A security group opens {rule.Text("FromPort")} to {rule.Text("ToPort")}; of a node only {client} is to be reached.";
            }

            if (rule.At("CidrIp") is not null)
            {
                yield return "A node can be reached past the balancer.";
            }
        }
    }

    private IEnumerable<string> Metric()
    {
        var dimension = template.Property("ByConnections", "TargetTrackingConfiguration/CustomizedMetricSpecification/Dimensions");
        if (dimension is not JsonArray { Count: 1 } || dimension.Text("0/Name") != "AutoScalingGroupName" || dimension.Text("0/Value/Ref") != "Nodes")
        {
            yield return "The policy's metric isn't the one that nodes publish: its only dimension is AutoScalingGroupName.";
        }

        if (JsonNode.Parse(_userData.File("AGENT")).Text("logs/metrics_collected/emf/service_address") != AgentSocket)
        {
            yield return $"The CloudWatch agent doesn't listen at {AgentSocket}, where nodes write.";
        }

        if (!template.Text.Contains($":log-group:{EmbeddedMetric.LogGroup}*", StringComparison.Ordinal))
        {
            yield return $"The role lets the agent write no log group '{EmbeddedMetric.LogGroup}', which the metrics' lines name.";
        }
    }

    private static IEnumerable<string> UnknownSettings(IReadOnlyDictionary<string, string> settings) =>
        settings.Keys.Where(name => !SettingNames.IsKnown(name)).Select(name => $"docs/configuration.md doesn't have {name}.");

    private static TimeSpan Seconds(string? text) => int.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;

    [GeneratedRegex(@"(?<=:)\d+$")]
    private static partial Regex PortRule();
}
