namespace Serverless.Services.Documents.Yjs;

/// <summary>What a Yjs update of version 1 has, without what it says: the clocks of its structs, and those that it deletes.</summary>
/// <param name="Structs">The clocks that it brings.</param>
/// <param name="Deletes">The clocks that it deletes, of this update or others.</param>
internal sealed record YjsUpdate(ClockRanges Structs, ClockRanges Deletes)
{
    private const byte HasOrigin = 0x80;
    private const byte HasRightOrigin = 0x40;
    private const byte HasParentKey = 0x20;
    private const byte Kind = 0x1f;

    private const int GarbageKind = 0;
    private const int SkipKind = 10;

    /// <summary>Whether it changes nothing.</summary>
    public bool IsEmpty => Structs.IsEmpty && Deletes.IsEmpty;

    /// <summary>Reads an update, each byte of it.</summary>
    /// <exception cref="FormatException">It isn't one; the message says why.</exception>
    public static YjsUpdate Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new UpdateReader(bytes);
        var structs = ReadStructs(ref reader);
        var deletes = ReadDeletes(ref reader);
        return reader.IsAtEnd ? new(structs, deletes) : throw new FormatException("Bytes follow its end.");
    }

    /// <summary>Reads a state vector, which says of each client how many clocks somebody has.</summary>
    /// <exception cref="FormatException">It isn't one; the message says why.</exception>
    public static ClockRanges ReadStateVector(ReadOnlySpan<byte> bytes)
    {
        var reader = new UpdateReader(bytes);
        var had = new ClockRanges();
        for (var left = reader.ReadCount(2); left > 0; left--)
        {
            var client = reader.ReadUnsigned();
            if (reader.ReadUnsigned() is > 0 and var clock)
            {
                had.Add(client, 0, clock);
            }
        }

        return reader.IsAtEnd ? had : throw new FormatException("Bytes follow its end.");
    }

    private static ClockRanges ReadStructs(ref UpdateReader reader)
    {
        var ranges = new ClockRanges();
        var clients = new HashSet<long>();
        for (var left = reader.ReadCount(3); left > 0; left--)
        {
            var count = reader.ReadCount(1);
            var client = reader.ReadUnsigned();
            var clock = reader.ReadUnsigned();
            if (!clients.Add(client))
            {
                throw new FormatException($"It has client {client} twice.");
            }

            for (; count > 0; count--)
            {
                var length = ReadStruct(ref reader, out var isSkipped);
                if (length > UpdateReader.MaxInteger - clock)
                {
                    throw new FormatException("A clock is larger than 2^53 - 1.");
                }

                if (!isSkipped)
                {
                    ranges.Add(client, clock, length);
                }

                clock += length;
            }
        }

        return ranges;
    }

    private static long ReadStruct(ref UpdateReader reader, out bool isSkipped)
    {
        var info = reader.ReadByte();
        var kind = info & Kind;
        isSkipped = kind == SkipKind;
        if (isSkipped || kind == GarbageKind)
        {
            return reader.ReadLength();
        }

        if ((info & HasOrigin) != 0)
        {
            SkipId(ref reader);
        }

        if ((info & HasRightOrigin) != 0)
        {
            SkipId(ref reader);
        }

        if ((info & (HasOrigin | HasRightOrigin)) == 0)
        {
            SkipParent(ref reader, (info & HasParentKey) != 0);
        }

        return YjsContent.Skip(ref reader, kind) is > 0 and var length ? length : throw new FormatException("A struct is empty.");
    }

    /// <summary>An item without neighbours says where it stands: in a named type of the document, or in one that is an item itself.</summary>
    private static void SkipParent(ref UpdateReader reader, bool hasKey)
    {
        switch (reader.ReadUnsigned())
        {
            case 1:
                reader.SkipText();
                break;
            case 0:
                SkipId(ref reader);
                break;
            case var other:
                throw new FormatException($"A parent is of kind {other}, which isn't known.");
        }

        if (hasKey)
        {
            reader.SkipText();
        }
    }

    private static void SkipId(ref UpdateReader reader)
    {
        reader.ReadUnsigned();
        reader.ReadUnsigned();
    }

    private static ClockRanges ReadDeletes(ref UpdateReader reader)
    {
        var ranges = new ClockRanges();
        for (var clients = reader.ReadCount(2); clients > 0; clients--)
        {
            var client = reader.ReadUnsigned();
            for (var left = reader.ReadCount(2); left > 0; left--)
            {
                var clock = reader.ReadUnsigned();
                var length = reader.ReadLength();
                if (length > UpdateReader.MaxInteger - clock)
                {
                    throw new FormatException("A clock is larger than 2^53 - 1.");
                }

                ranges.Add(client, clock, length);
            }
        }

        return ranges;
    }
}
