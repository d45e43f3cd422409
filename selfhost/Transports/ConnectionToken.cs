using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Serverless.Events;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Transports;

/// <summary>
/// Makes and reads the secret that negotiate gives a client for its one connection. Any node with the same access keys reads it; nobody else can, or can make one:
/// it is encrypted with AES-256-GCM, with the hub as associated data, so negotiating keeps nothing on the node.
/// <code>base64url( nonce 12 | tag 16 | encrypted: deadline to connect, Unix ms 8 | id 16 | address of the node, UTF-8 )</code>
/// </summary>
internal sealed class ConnectionToken(AccessKeys keys, TimeProvider time)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int IdSize = 16;
    private const int MaxLength = 512;

    private static readonly byte[] Purpose = "serverless connection token 1"u8.ToArray();

    /// <summary>A new connection's token.</summary>
    /// <param name="stream">Where the connection is placed. When its hub has several streams, the id's first six bits, which are its first character, name the shard.</param>
    /// <param name="hasSeveral">Whether it has.</param>
    /// <param name="address">Where other nodes reach this one.</param>
    /// <param name="window">The time in which the client must connect.</param>
    public (ConnectionId Id, string Token) Create(StreamName stream, bool hasSeveral, string address, TimeSpan window)
    {
        var plain = new byte[sizeof(long) + IdSize + Encoding.UTF8.GetByteCount(address)];
        BinaryPrimitives.WriteInt64LittleEndian(plain, (time.GetUtcNow() + window).ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(plain.AsSpan(sizeof(long), IdSize));
        if (hasSeveral)
        {
            plain[sizeof(long)] = (byte)((stream.Shard << 2) | (plain[sizeof(long)] & 3));
        }

        Encoding.UTF8.GetBytes(address, plain.AsSpan(sizeof(long) + IdSize));

        var token = new byte[NonceSize + TagSize + plain.Length];
        RandomNumberGenerator.Fill(token.AsSpan(0, NonceSize));
        using var cipher = new AesGcm(Derive(keys.Current[0]), TagSize);
        cipher.Encrypt(token.AsSpan(0, NonceSize), plain, token.AsSpan(NonceSize + TagSize), token.AsSpan(NonceSize, TagSize), Encoding.UTF8.GetBytes(stream.Hub));
        return (IdOf(plain), Base64Url.EncodeToString(token));
    }

    /// <summary>What a token says.</summary>
    /// <returns>Null when no node with these keys made it for this hub.</returns>
    public TokenContent? Read(string hub, string token)
    {
        if (token.Length > MaxLength || !Base64Url.IsValid(token))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < NonceSize + TagSize + sizeof(long) + IdSize)
        {
            return null;
        }

        var plain = new byte[bytes.Length - NonceSize - TagSize];
        foreach (var key in keys.Current)
        {
            if (TryDecrypt(key, hub, bytes, plain))
            {
                return new(
                    IdOf(plain),
                    DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(plain)),
                    Encoding.UTF8.GetString(plain.AsSpan(sizeof(long) + IdSize)));
            }
        }

        return null;
    }

    private static bool TryDecrypt(byte[] key, string hub, byte[] token, byte[] plain)
    {
        using var cipher = new AesGcm(Derive(key), TagSize);
        try
        {
            cipher.Decrypt(
                token.AsSpan(0, NonceSize), token.AsSpan(NonceSize + TagSize), token.AsSpan(NonceSize, TagSize), plain, Encoding.UTF8.GetBytes(hub));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static ConnectionId IdOf(byte[] plain) => new(Base64Url.EncodeToString(plain.AsSpan(sizeof(long), IdSize)));

    private static byte[] Derive(byte[] key) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: Purpose);
}
