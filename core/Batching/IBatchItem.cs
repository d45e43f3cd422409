namespace Serverless.Batching;

/// <summary>What waits to be appended together: the events of one call.</summary>
internal interface IBatchItem
{
    /// <summary>How many events it holds.</summary>
    int EventCount { get; }

    /// <summary>About how many bytes they take, uncompressed.</summary>
    int ByteCount { get; }
}
