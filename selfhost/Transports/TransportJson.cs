using System.Text.Json.Serialization;

namespace Serverless.SelfHost.Transports;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NegotiateRedirect))]
[JsonSerializable(typeof(NegotiateResponse))]
internal sealed partial class TransportJson : JsonSerializerContext;
