using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Hosting;

/// <summary>Reads the body of a request, up to <see cref="MaxBytes"/>.</summary>
internal static class RequestBody
{
    public const int MaxBytes = 1024 * 1024;

    /// <exception cref="BadHttpRequestException">It is longer.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        var page = new byte[16 * 1024];
        for (int count; (count = await request.Body.ReadAsync(page, cancellationToken)) > 0;)
        {
            if (body.Length + count > MaxBytes)
            {
                throw new BadHttpRequestException($"The body is longer than {MaxBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
            }

            body.Write(page, 0, count);
        }

        return body.ToArray();
    }
}
