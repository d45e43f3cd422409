namespace Serverless.Client;

/// <summary>A pool has no connection to give: its start failed or took too long, or the pool is full. The message names the key and says what to do.</summary>
public sealed class HubConnectionPoolException : Exception
{
    internal HubConnectionPoolException(string key, string message, Exception? innerException)
        : base(message, innerException) => Key = key;

    /// <summary>The key that was acquired.</summary>
    public string Key { get; }
}
