using System.Text.Json.Serialization;

namespace Serverless.SelfHost.Aws;

[JsonSerializable(typeof(AwsCredentials))]
internal sealed partial class AwsJson : JsonSerializerContext;
