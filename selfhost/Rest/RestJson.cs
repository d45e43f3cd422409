using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.SelfHost.Rest;

[JsonSerializable(typeof(ErrorDetail))]
[JsonSerializable(typeof(GroupPage))]
[JsonSerializable(typeof(GeneratedToken))]
internal sealed partial class RestJson : JsonSerializerContext
{
    /// <summary>Leaves quotes and the like readable: the answers are JSON by their type, and never part of a page.</summary>
    public static RestJson Readable { get; } = new(new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
