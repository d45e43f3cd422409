namespace Serverless.Connections;

/// <summary>When a connection's authentication ends, in four bytes, since every open connection keeps one. The default is never.</summary>
public readonly record struct Expiry
{
    private readonly uint _second;

    private Expiry(uint second) => _second = second;

    /// <summary>An expiry at a moment.</summary>
    /// <param name="moment">Whole seconds count, up to the year 2106; null: never.</param>
    public static Expiry At(DateTimeOffset? moment) => new(moment is { } at ? (uint)Math.Clamp(at.ToUnixTimeSeconds(), 1, uint.MaxValue) : 0);

    /// <summary>Whether it is over.</summary>
    /// <param name="now">Unix seconds.</param>
    public bool IsOver(long now) => _second != 0 && now >= _second;
}
