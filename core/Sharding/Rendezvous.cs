using System.Buffers;
using System.Text;

namespace Serverless.Sharding;

/// <summary>
/// Weighted rendezvous hashing: each name scores for a key, and the highest score has it. Only name and weight count, never order or number; so a name that comes takes its share
/// of the keys from the others, one that goes leaves its own to them, and no other key moves. Anybody can compute it:
/// <code>
/// bytes = UTF-8(name) 0x00 UTF-8(key)
/// hash  = FNV-1a 64 of bytes, then h ^= h >> 33, h *= 0xff51afd7ed558ccd, h ^= h >> 33, h *= 0xc4ceb9fe1a85ec53, h ^= h >> 33   (the finalizer of MurmurHash3)
/// score = −weight / ln(((hash >> 11) + 0.5) / 2^53)
/// </code>
/// Equal scores go to the name that is first in ordinal order. Test vectors: tests/Core/Sharding/Vectors/rendezvous.json.
/// </summary>
public static class Rendezvous
{
    private const int OnStack = 256;

    /// <summary>The name that has a key.</summary>
    /// <param name="candidates">Names, none twice, each with its weight, 0 or more; 0 has no key.</param>
    /// <param name="key">Any text.</param>
    /// <returns>Null when no weight is above 0.</returns>
    public static string? Choose(IEnumerable<(string Name, double Weight)> candidates, string key)
    {
        string? best = null;
        var high = 0.0;
        foreach (var (name, weight) in candidates)
        {
            if (weight <= 0)
            {
                continue;
            }

            var score = Score(name, weight, key);
            if (best is null || score > high || (score.Equals(high) && string.CompareOrdinal(name, best) < 0))
            {
                (best, high) = (name, score);
            }
        }

        return best;
    }

    /// <summary>What a name scores for a key; more than 0.</summary>
    public static double Score(string name, double weight, string key) => -weight / Math.Log(((Hash(name, key) >> 11) + 0.5) / (1L << 53));

    /// <summary>The hash of a name and a key.</summary>
    public static ulong Hash(string name, string key)
    {
        var size = Encoding.UTF8.GetMaxByteCount(name.Length) + 1 + Encoding.UTF8.GetMaxByteCount(key.Length);
        byte[]? rented = null;
        var bytes = size <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(size);
        var length = Encoding.UTF8.GetBytes(name, bytes);
        bytes[length++] = 0;
        length += Encoding.UTF8.GetBytes(key, bytes[length..]);
        var hash = Finish(Fnv1a(bytes[..length]));
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return hash;
    }

    private static ulong Fnv1a(ReadOnlySpan<byte> bytes)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 0x100000001b3;
        }

        return hash;
    }

    /// <summary>Without it names that differ in their last letter would score alike.</summary>
    private static ulong Finish(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
