using Serverless.Events;
using Serverless.Log;
using Serverless.Services.Documents.Yjs;

namespace Serverless.Services.Documents;

/// <summary>Reads the arguments of a call one after the other. The first fault counts.</summary>
/// <param name="values">Of the call.</param>
internal sealed class DocumentArguments(IReadOnlyList<Payload> values)
{
    /// <summary>For the caller: what is wrong; null when nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>A document's id.</summary>
    public string Id(int index)
    {
        var id = index < values.Count ? PayloadList.AsText(values[index]) : null;
        Fault ??= DocumentNames.CheckId(id);
        return id ?? "";
    }

    /// <summary>The key of a change; null without one.</summary>
    public string? Key(int index)
    {
        if (PayloadList.IsMissing(values, index))
        {
            return null;
        }

        var key = PayloadList.AsText(values[index]);
        Fault ??= key is null or { Length: 0 or > DocumentNames.MaxKeyLength } ? $"A change's key has 1 to {DocumentNames.MaxKeyLength} characters." : null;
        return key;
    }

    /// <summary>A position; null without one, and for one before the first change.</summary>
    public Position? Position(int index)
    {
        if (PayloadList.IsMissing(values, index))
        {
            return null;
        }

        var isPosition = Log.Position.TryParse(PayloadList.AsText(values[index]), out var position);
        Fault ??= isPosition ? null : "A position is text that the node gave: offset, dot, tag.";
        return position.Offset == 0 ? null : position;
    }

    /// <summary>A state vector; null without one.</summary>
    public ClockRanges? StateVector(int index, int maxBytes) =>
        PayloadList.IsMissing(values, index) ? null : Read(Bytes(index, "state vector", maxBytes), "state vector", YjsUpdate.ReadStateVector);

    /// <summary>A Yjs update.</summary>
    /// <param name="index">Which argument.</param>
    /// <param name="name">What it is called in faults.</param>
    /// <param name="maxBytes">The largest that is taken.</param>
    /// <returns>Its bytes, and what they are; neither counts with a <see cref="Fault"/>.</returns>
    public (ReadOnlyMemory<byte> Bytes, YjsUpdate? Update) Update(int index, string name, int maxBytes)
    {
        var bytes = Bytes(index, name, maxBytes);
        return (bytes, Read(bytes, name, YjsUpdate.Read));
    }

    /// <summary>No more than these may be there.</summary>
    public void End(int count) => Fault ??= values.Count > count ? $"There are {values.Count} arguments: at most {count} are taken." : null;

    private ReadOnlyMemory<byte> Bytes(int index, string name, int maxBytes)
    {
        var bytes = index < values.Count ? PayloadList.AsBytes(values[index]) : null;
        Fault ??= bytes is null ? $"The {name} is missing: it is binary in MessagePack, base64 text in JSON."
            : bytes.Value.Length > maxBytes ? $"The {name} has {bytes.Value.Length} bytes; at most {maxBytes} are taken."
            : null;
        return bytes ?? default;
    }

    private T? Read<T>(ReadOnlyMemory<byte> bytes, string name, Func<ReadOnlySpan<byte>, T> read)
        where T : class
    {
        if (Fault is not null)
        {
            return null;
        }

        try
        {
            return read(bytes.Span);
        }
        catch (FormatException e)
        {
            Fault = $"The {name} isn't one of Yjs, version 1: {e.Message}";
            return null;
        }
    }
}
