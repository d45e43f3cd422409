namespace Serverless.Bench.Load.Wire;

/// <summary>How large a message is on its way to a client: a WebSocket header of 4 bytes, then
/// <c>{"type":1,"target":"m","arguments":["…"]}</c> and the separator.</summary>
internal readonly record struct MessageSize
{
    /// <summary>The client method that is called.</summary>
    public const string Target = "m";

    private const int Header = 4;
    private const int Around = 41;

    /// <param name="bytes">74 to 16,384.</param>
    public MessageSize(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, Header + Around + Stamp.Length, nameof(bytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 16_384);
        Padding = bytes - Header - Around - Stamp.Length;
    }

    /// <summary>The letters that fill the payload behind its stamp.</summary>
    public int Padding { get; }
}
