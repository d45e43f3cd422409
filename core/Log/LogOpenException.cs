namespace Serverless.Log;

/// <summary>The log can't be opened: its message says what is wrong and what to do.</summary>
public sealed class LogOpenException(string message, Exception? innerException = null) : Exception(message, innerException);
