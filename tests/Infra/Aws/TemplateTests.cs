using System.Text.Json.Nodes;
using Serverless.Tests.Architecture;
using Xunit;

namespace Serverless.Tests.Infra.Aws;

/// <summary>The templates of infra/aws.</summary>
public sealed class TemplateTests(CloudFormationSchemas schemas) : IClassFixture<CloudFormationSchemas>
{
    private const string Hooks = """
        [{"LifecycleHookName":"drain","LifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING","HeartbeatTimeout":300,"DefaultResult":"CONTINUE"}]
        """;

    private const string Connections = """
        {"TargetValue":8000,"CustomizedMetricSpecification":{"Namespace":"Serverless","MetricName":"websocket_connections","Statistic":"Average",
         "Dimensions":[{"Name":"AutoScalingGroupName","Value":{"Ref":"Nodes"}}]}}
        """;

    [Theory]
    [InlineData("nodes")]
    [InlineData("redis")]
    public async Task Template_Specification_Agrees(string name)
    {
        var answer = await schemas.CheckAsync(Template.Read(name));
        Expect.None(answer.Errors, $"Correct infra/aws/{name}.yaml: CloudFormation would refuse it.");
    }

    [Fact]
    public async Task Nodes_Parts_FitTogether()
    {
        var template = await ParsedAsync("nodes");
        Expect.None(new TemplateRules(template).Faults(await new UserData(template).SettingsAsync("key", "token")), "Correct infra/aws/nodes.yaml.");
    }

    [Theory]
    [InlineData("nodes", "Balancer", "Type", "\"application\"")]
    [InlineData("nodes", "Targets", "HealthCheckPath", "\"/health/ready\"")]
    [InlineData("nodes", "Targets", "HealthCheckIntervalSeconds", "5")]
    [InlineData("nodes", "Targets", "HealthyThresholdCount", "2")]
    [InlineData("nodes", "Targets", "UnhealthyThresholdCount", "2")]
    [InlineData("nodes", "Targets", "Protocol", "\"HTTP\"")]
    [InlineData("nodes", "Targets", "TargetType", "\"instance\"")]
    [InlineData("nodes", "Https", "Protocol", "\"HTTPS\"")]
    [InlineData("nodes", "Https", "Port", "443")]
    [InlineData("nodes", "Https", "SslPolicy", "\"ELBSecurityPolicy-TLS13-1-2-2021-06\"")]
    [InlineData("nodes", "Https", "DefaultActions/0/Type", "\"forward\"")]
    [InlineData("nodes", "Http", "DefaultActions/0", """{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"443","StatusCode":"HTTP_301"}}""")]
    [InlineData("nodes", "NodeTemplate", "LaunchTemplateData/MetadataOptions", """{"HttpTokens":"required","HttpPutResponseHopLimit":2}""")]
    [InlineData("nodes", "Nodes", "HealthCheckType", "\"EC2\"")]
    [InlineData("nodes", "Nodes", "DefaultInstanceWarmup", "120")]
    [InlineData("nodes", "Nodes", "LifecycleHookSpecificationList", Hooks)]
    [InlineData("nodes", "ByConnections", "PolicyType", "\"TargetTrackingScaling\"")]
    [InlineData("nodes", "ByConnections", "TargetTrackingConfiguration", Connections)]
    [InlineData("nodes", "ByCpu", "PolicyType", "\"TargetTrackingScaling\"")]
    [InlineData("nodes", "ByCpu", "TargetTrackingConfiguration", """{"TargetValue":70,"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"}}""")]
    [InlineData("redis", "Redis", "Engine", "\"valkey\"")]
    [InlineData("redis", "Redis", "EngineVersion", "\"9.0\"")]
    [InlineData("redis", "Redis", "TransitEncryptionEnabled", "true")]
    [InlineData("redis", "Redis", "AtRestEncryptionEnabled", "true")]
    [InlineData("redis", "Redis", "AutomaticFailoverEnabled", "true")]
    [InlineData("redis", "Redis", "MultiAZEnabled", "true")]
    [InlineData("redis", "ParameterGroup", "CacheParameterGroupFamily", "\"valkey9\"")]
    [InlineData("redis", "ParameterGroup", "Properties", """{"cluster-enabled":"yes","maxmemory-policy":"noeviction"}""")]
    public async Task Template_Value_IsWhatWasDecided(string name, string resource, string path, string expected)
    {
        var found = (await ParsedAsync(name)).Property(resource, path);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), found), $"{resource} {path} is {found?.ToJsonString() ?? "missing"}, not {expected}.");
    }

    [Theory]
    [InlineData("Balancer", "LoadBalancerAttributes", "idle_timeout.timeout_seconds", "120")]
    [InlineData("Balancer", "LoadBalancerAttributes", "routing.http.drop_invalid_header_fields.enabled", "true")]
    [InlineData("Targets", "TargetGroupAttributes", "stickiness.enabled", "true")]
    [InlineData("Targets", "TargetGroupAttributes", "stickiness.type", "lb_cookie")]
    [InlineData("Targets", "TargetGroupAttributes", "stickiness.lb_cookie.duration_seconds", "86400")]
    [InlineData("Targets", "TargetGroupAttributes", "deregistration_delay.timeout_seconds", "300")]
    [InlineData("Targets", "TargetGroupAttributes", "load_balancing.algorithm.type", "least_outstanding_requests")]
    public async Task Nodes_Attribute_IsWhatWasDecided(string resource, string list, string key, string expected) =>
        Assert.Equal(expected, (await ParsedAsync("nodes")).Attribute(resource, list, key));

    [Theory]
    [InlineData("nodes", "MinNodes", "3")]
    [InlineData("nodes", "MaxNodes", "50")]
    [InlineData("redis", "Shards", "2")]
    [InlineData("redis", "Durability", "sync")]
    public async Task Template_Default_IsWhatWasDecided(string name, string parameter, string expected) =>
        Assert.Equal(expected, (await schemas.CheckAsync(Template.Read(name))).Documents.Single().Text($"Parameters/{parameter}/Default"));

    [Fact]
    public async Task Nodes_Role_MayDoNoMoreThanItMust()
    {
        var statements = (await ParsedAsync("nodes")).Property("NodeRole", "Policies/0/PolicyDocument/Statement")!.AsArray();
        var actions = statements.SelectMany(statement => statement!["Action"] is JsonArray list ? list.Select(action => action!.ToString()) : [statement["Action"]!.ToString()]);
        Assert.Equal(
            [
                "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat", "cloudwatch:PutMetricData", "logs:CreateLogGroup", "logs:CreateLogStream",
                "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:PutRetentionPolicy", "secretsmanager:GetSecretValue",
            ],
            actions.Order(StringComparer.Ordinal));
        var metrics = statements.Single(statement => statement.Text("Resource") == "*");
        Assert.Equal("Serverless", metrics.Text("Condition/StringEquals/cloudwatch:namespace"));
    }

    [Fact]
    public async Task Nodes_UserData_IsReadByBash()
    {
        var userData = new UserData(await ParsedAsync("nodes"));
        await UserData.ReadAsync(userData.Text);
        await UserData.ReadAsync(userData.File("SETTINGS"));
    }

    [Fact]
    public async Task Nodes_Settings_AreMadeFromMetadataAndSecrets()
    {
        var settings = await new UserData(await ParsedAsync("nodes")).SettingsAsync("an-access-key/with+marks=and-more-than-32-bytes", "Token0");
        Assert.Equal("an-access-key/with+marks=and-more-than-32-bytes", settings["Serverless__Keys__Primary"]);
        Assert.Equal("redis.example.com:6379,ssl=true,password=Token0", settings["Serverless__Log__Redis"]);
        Assert.Equal("http://10.0.0.5:8080", settings["Serverless__Peers__Address"]);
        Assert.Equal("https://realtime.example.com", settings["Serverless__Node__PublicEndpoint"]);
        Assert.Equal("chat-nodes", settings["Serverless__Aws__Group"]);
    }

    private async Task<Template> ParsedAsync(string name) => new((await schemas.CheckAsync(Template.Read(name))).Documents.Single());
}
