using System.Text.Json.Serialization;

namespace Serverless.SelfHost.Negotiate;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NegotiateAnswer))]
internal sealed partial class NegotiateJson : JsonSerializerContext;
