using System.Buffers;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.SelfHost.Rest;

/// <summary>What a client gave, as JSON; a client that speaks JSON finds its own text in it.</summary>
/// <param name="value">Null when it gave nothing.</param>
internal sealed class InvocationAnswer(Payload? value) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            Write(body);
        }
        catch (FormatException fault)
        {
            await new ErrorResult(StatusCodes.Status400BadRequest, ErrorCode.ConnectionFailed, $"The client's result can't be read: {fault.Message}").ExecuteAsync(httpContext);
            return;
        }

        httpContext.Response.ContentType = "application/json; charset=utf-8";
        httpContext.Response.ContentLength = body.WrittenCount;
        await httpContext.Response.Body.WriteAsync(body.WrittenMemory, httpContext.RequestAborted);
    }

    private void Write(ArrayBufferWriter<byte> body)
    {
        body.Write("{"u8);
        if (value is { } given)
        {
            body.Write("\"result\":"u8);
            Transcoder.WriteJson(given, body);
        }

        body.Write("}"u8);
    }
}
