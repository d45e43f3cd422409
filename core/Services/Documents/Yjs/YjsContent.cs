namespace Serverless.Services.Documents.Yjs;

/// <summary>What an item holds, by the kind in its first byte.</summary>
internal static class YjsContent
{
    private const int XmlElement = 3;
    private const int XmlHook = 5;
    private const int LastType = 6;

    /// <summary>Passes over an item's content.</summary>
    /// <returns>How many clocks it takes.</returns>
    /// <exception cref="FormatException">The kind isn't known, or the content isn't of it.</exception>
    public static long Skip(ref UpdateReader reader, int kind)
    {
        switch (kind)
        {
            case 1:
                // deleted: only its length is left
                return reader.ReadLength();
            case 2:
                // JSON values, as texts
                return reader.SkipJsonList();
            case 3:
                reader.SkipBytes();
                return 1;
            case 4:
                return reader.SkipText();
            case 5:
                // an embedded value
                reader.SkipJson();
                return 1;
            case 6:
                // a format: its key and value
                reader.SkipText();
                reader.SkipJson();
                return 1;
            case 7:
                SkipType(ref reader);
                return 1;
            case 8:
                return reader.SkipValues();
            case 9:
                // another document: its id and options
                reader.SkipText();
                reader.SkipValue();
                return 1;
            default:
                throw new FormatException($"A struct is of kind {kind}, which isn't known.");
        }
    }

    private static void SkipType(ref UpdateReader reader)
    {
        switch (reader.ReadUnsigned())
        {
            case XmlElement or XmlHook:
                reader.SkipText();
                break;
            case > LastType and var type:
                throw new FormatException($"A shared type is of kind {type}, which isn't known.");
        }
    }
}
