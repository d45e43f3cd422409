using Xunit;

namespace Serverless.Tests.Infra.Aws;

/// <summary>Each check of templates finds the mistake that it is there for.</summary>
public sealed class TemplateMistakeTests(CloudFormationSchemas schemas) : IClassFixture<CloudFormationSchemas>
{
    [Theory]
    [InlineData("nodes", "HeartbeatTimeout:", "HeartbeatTimout:", "HeartbeatTimout")]
    [InlineData("nodes", "      MinSize: !Ref MinNodes\n", "", "MinSize")]
    [InlineData("nodes", "- !Ref Targets\n", "- !Ref Target\n", "Target is neither a parameter nor a resource")]
    [InlineData("nodes", "!GetAtt NodeProfile.Arn", "!GetAtt NodeProfile.ARN", "has no attribute ARN")]
    [InlineData("nodes", "!GetAtt Balancer.DNSName", "!GetAtt Balance.DNSName", "no resource Balance")]
    [InlineData("nodes", "${PublicEndpoint}", "${PublicEndpont}", "PublicEndpont is neither")]
    [InlineData("nodes", "${PublicEndpoint}", "https://example.com", "/Parameters/PublicEndpoint: nothing uses it")]
    [InlineData("nodes", "=$access_key", "=${access key}", "is no name")]
    [InlineData("nodes", "TargetValue: 8000", "TargetValue: many", "must be number")]
    [InlineData("nodes", "AWS::EC2::LaunchTemplate", "AWS::EC2::StartTemplate", "no type AWS::EC2::StartTemplate")]
    [InlineData("nodes", "[Https, NodeToNode]", "[Https, NodeToNodes]", "no resource NodeToNodes")]
    [InlineData("nodes", "MaxBatchSize:", "MaxBatch:", "MaxBatch")]
    [InlineData("nodes", "PauseTime: PT15M", "PauseTime: 15M", "PauseTime")]
    [InlineData("nodes", "Default: m7i.large", "Default: large", "breaks the parameter's own rules")]
    [InlineData("nodes", "    Default: 3\n    MinValue: 2", "    Default: 1\n    MinValue: 2", "breaks the parameter's own rules")]
    [InlineData("nodes", "AllowedPattern: https", "AllowedPatern: https", "AllowedPatern")]
    [InlineData("nodes", "Fn::Base64:", "Fn::Base46:", "no function Fn::Base46")]
    [InlineData("nodes", "!Sub ${AWS::StackName}-nodes", "!Sib ${AWS::StackName}-nodes", "Unresolved tag")]
    [InlineData("nodes", "  ByCpu:\n", "  ByConnections:\n", "must be unique")]
    [InlineData("redis", "ReplicationGroupDescription:", "Description:", "ReplicationGroupDescription")]
    [InlineData("redis", "Durability: !Ref Durability", "Durability: synchronous", "must be equal to one of the allowed values")]
    [InlineData("redis", "DeletionPolicy: Snapshot", "DeletionPolicy: Keep", "DeletionPolicy")]
    public async Task Specification_Mistake_IsFound(string name, string right, string wrong, string named)
    {
        var answer = await schemas.CheckAsync(Mistaken(name, right, wrong));
        Assert.Contains(answer.Errors, error => error.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("idle_timeout.timeout_seconds", "idle_timeout.seconds", "idle_timeout.seconds is no attribute")]
    [InlineData("stickiness.lb_cookie.duration_seconds", "stickiness.duration_seconds", "stickiness.duration_seconds is no attribute")]
    [InlineData("deregistration_delay.timeout_seconds, Value: \"300\"", "deregistration_delay.timeout_seconds, Value: \"301\"", "deregistration_delay is longer")]
    [InlineData("Serverless__Drain__Timeout=00:05:00", "Serverless__Drain__Timeout=00:06:00", "Drain__Timeout is longer")]
    [InlineData("idle_timeout.timeout_seconds, Value: \"120\"", "idle_timeout.timeout_seconds, Value: \"30\"", "idle timeout")]
    [InlineData("HealthCheckType: EC2", "HealthCheckType: ELB", "an outage of Redis")]
    [InlineData("LifecycleHookName: drain", "LifecycleHookName: ending", "Aws__Hook")]
    [InlineData("Serverless__Aws__Group=${AWS::StackName}-nodes", "Serverless__Aws__Group=${AWS::StackName}", "Aws__Group")]
    [InlineData("autoScalingGroupName/${AWS::StackName}-nodes", "autoScalingGroupName/${AWS::StackName}", "role")]
    [InlineData("--resource Nodes", "--resource Node", "signal")]
    [InlineData("      Port: 8080\n", "      Port: 8888\n", "target group")]
    [InlineData("http://$address:8080", "http://$address:8888", "Peers__Address")]
    [InlineData("http://127.0.0.1:9090", "http://+:9090", "loopback")]
    [InlineData("FromPort: 8080, ToPort: 8080", "FromPort: 8080, ToPort: 9090", "opens 8080 to 9090")]
    [InlineData("ToPort: 8080, SourceSecurityGroupId: !Ref BalancerAccess", "ToPort: 8080, CidrIp: 0.0.0.0/0", "past the balancer")]
    [InlineData("            - { Name: AutoScalingGroupName,", "            - { Name: InstanceId, Value: any }\n            - { Name: AutoScalingGroupName,", "only dimension")]
    [InlineData("tcp://127.0.0.1:25888", "udp://127.0.0.1:25888", "agent")]
    [InlineData(":log-group:serverless*", ":log-group:other*", "log group")]
    [InlineData("Serverless__Log__Kind", "Serverless__Log__Knd", "doesn't have Serverless__Log__Knd")]
    public async Task Rules_WhatDoesNotFit_IsFound(string right, string wrong, string named)
    {
        var template = new Template((await schemas.CheckAsync(Mistaken("nodes", right, wrong))).Documents.Single());
        var faults = new TemplateRules(template).Faults(await new UserData(template).SettingsAsync("key", "token"));
        Assert.Contains(faults, fault => fault.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("case $registry in", "case $registry")]
    [InlineData("secret() {", "secret() (")]
    public async Task UserData_ThatBashCannotRead_IsFound(string right, string wrong)
    {
        var userData = new UserData(new((await schemas.CheckAsync(Mistaken("nodes", right, wrong))).Documents.Single()));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await UserData.ReadAsync(userData.Text);
            await UserData.ReadAsync(userData.File("SETTINGS"));
        });
    }

    private static string Mistaken(string name, string right, string wrong)
    {
        var text = Template.Read(name);
        Assert.Contains(right, text, StringComparison.Ordinal);
        return text.Replace(right, wrong, StringComparison.Ordinal);
    }
}
