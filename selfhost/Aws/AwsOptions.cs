using System.ComponentModel.DataAnnotations;

namespace Serverless.SelfHost.Aws;

/// <summary>A node on an instance of an Auto Scaling group: its metric, and its drain before the group ends the instance. Section <c>Serverless:Aws</c>.</summary>
internal sealed class AwsOptions
{
    /// <summary>Publishes the metric and watches the instance's life cycle.</summary>
    /// <value>Default false.</value>
    public bool Enabled { get; set; }

    /// <summary>The name of the Auto Scaling group, which the template's user data knows; the metadata has it only where instance tags are let in.</summary>
    /// <value>1 to 255 characters; no default, needed when enabled.</value>
    [StringLength(255, MinimumLength = 1)]
    public string? Group { get; set; }

    /// <summary>The name of the group's hook for <c>autoscaling:EC2_INSTANCE_TERMINATING</c>.</summary>
    /// <value>1 to 255 characters; no default, needed when enabled.</value>
    [StringLength(255, MinimumLength = 1)]
    public string? Hook { get; set; }

    /// <summary>Where the CloudWatch agent takes metrics in the embedded format.</summary>
    /// <value>tcp with a port; default <c>tcp://127.0.0.1:25888</c>, the agent's own.</value>
    public Uri Agent { get; set; } = new("tcp://127.0.0.1:25888");

    /// <summary>The instance's metadata service.</summary>
    /// <value>http; default <c>http://169.254.169.254</c>.</value>
    public Uri Metadata { get; set; } = new("http://169.254.169.254");

    /// <summary>The endpoint of Auto Scaling's API.</summary>
    /// <value>https, or http for tests; default that of the instance's region, as its metadata says.</value>
    public Uri? AutoScaling { get; set; }
}
