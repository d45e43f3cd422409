using System.Text.Json.Serialization;
using Serverless.SelfHost.Drain;

namespace Serverless.SelfHost.Admin;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DrainResult))]
internal sealed partial class AdminJson : JsonSerializerContext;
