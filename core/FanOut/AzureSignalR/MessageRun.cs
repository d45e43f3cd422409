using Serverless.Events;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>How many messages that follow each other in a lane go in one request.</summary>
internal static class MessageRun
{
    public const int MaxMessages = 100;

    /// <summary>Endpoints take bodies of 1 MB.</summary>
    private const int MaxBytes = 900 * 1024;

    private const int Around = 64;
    private const int MaxBytesPerCharacter = 6;

    /// <returns>At least 1.</returns>
    public static int Length(IReadOnlyList<PlacedEvent> lane, int from)
    {
        var length = 0;
        var bytes = 0;
        while (from + length < lane.Count && length < MaxMessages
            && lane[from + length].Value is MessageSent { Arguments: { Format: PayloadFormat.Json } arguments, Excluded.Count: 0 } message
            && message.Audience == ((MessageSent)lane[from].Value).Audience
            && (bytes += arguments.Bytes.Length + (MaxBytesPerCharacter * message.Target.Length) + Around) <= MaxBytes)
        {
            length++;
        }

        return Math.Max(1, length);
    }
}
