namespace Serverless.Log;

/// <summary>The outcome of keeping a snapshot or a checkpoint.</summary>
public enum SaveResult
{
    /// <summary>It is kept.</summary>
    Saved,

    /// <summary>A later snapshot is kept, and can be gone on from: nothing changed.</summary>
    Superseded,

    /// <summary>The stream can't be gone on from its position, so nobody could begin there: nothing changed.</summary>
    OffChain,
}
