using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>The body of an item of a stream: one value in JSON or MessagePack, or a framed item for each hub protocol. Azure publishes no form (contract, section 3.9).</summary>
internal static class StreamItemBody
{
    /// <summary>Reads and checks the body.</summary>
    /// <param name="request">The call.</param>
    /// <param name="id">The stream's, which frames must name.</param>
    /// <returns>The item; or the answer that says what is wrong.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, or stopped coming.</exception>
    public static async ValueTask<(Payload Item, IResult? Refused)> ReadAsync(HttpRequest request, string id)
    {
        var (body, refused) = await RequestBody.ReadAsync(request);
        if (refused is not null)
        {
            return (default, refused);
        }

        return body.Kind switch
        {
            BodyKind.Json => CheckJson(body.Bytes.Span) is { } fault ? Wrong(fault) : (Payload.FromJson(body.Bytes.Span), null),
            BodyKind.MessagePack => MessagePackBody.IsOneValue(body.Bytes) ? (new(PayloadFormat.MessagePack, body.Bytes), null) : Wrong("The body must be one MessagePack value."),
            _ => FramesBody.CheckEach(body.Bytes, message => message is StreamItemMessage item && item.InvocationId == id) is { } fault
                ? Wrong(fault)
                : (new(PayloadFormat.Frames, body.Bytes), null),
        };
    }

    private static (Payload Item, IResult? Refused) Wrong(string fault) => (default, ErrorResult.Invalid(fault));

    private static string? CheckJson(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            reader.Skip();
            reader.Read();
            return Utf8.IsValid(body) ? null : "The body isn't UTF-8.";
        }
        catch (JsonException fault)
        {
            return $"The body must be one JSON value. It is wrong in line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.";
        }
    }
}
