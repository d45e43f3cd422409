using System.Buffers;
using System.Text.Json;
using Serverless.Connections;

namespace Serverless.SelfHost.Aws;

/// <summary>A line in CloudWatch's embedded metric format.</summary>
internal static class EmbeddedMetric
{
    /// <summary>The log group that the agent writes the lines to; the instance's role lets it.</summary>
    public const string LogGroup = "serverless";

    private const string Dimension = "AutoScalingGroupName";

    /// <summary>The connections of one instance, under the group's name alone.</summary>
    public static ReadOnlyMemory<byte> Connections(int count, string group, DateTimeOffset now)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("_aws");
            json.WriteNumber("Timestamp", now.ToUnixTimeMilliseconds());
            json.WriteString("LogGroupName", LogGroup);
            json.WriteStartArray("CloudWatchMetrics");
            json.WriteStartObject();
            json.WriteString("Namespace", "Serverless");
            json.WriteStartArray("Dimensions");
            json.WriteStartArray();
            json.WriteStringValue(Dimension);
            json.WriteEndArray();
            json.WriteEndArray();
            json.WriteStartArray("Metrics");
            json.WriteStartObject();
            json.WriteString("Name", ConnectionMetrics.Connections);
            json.WriteString("Unit", "Count");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteString(Dimension, group);
            json.WriteNumber(ConnectionMetrics.Connections, count);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenMemory;
    }
}
