using System.Globalization;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>The names that documents have elsewhere: streams, groups, keys; and what clients may not use by themselves.</summary>
internal static class DocumentNames
{
    /// <summary>What clients are called with when a document changes.</summary>
    public const string Updated = "document-updated";

    /// <summary>The longest id, in characters.</summary>
    public const int MaxIdLength = 128;

    /// <summary>The longest key of a change, in characters.</summary>
    public const int MaxKeyLength = 128;

    /// <returns>Null when it is a document's id; else a sentence that says why not.</returns>
    public static string? CheckId(string? id) => string.IsNullOrWhiteSpace(id) || id.Length > MaxIdLength || id.Any(char.IsControl)
        ? $"A document's id has 1 to {MaxIdLength} characters, not only white space, and no control characters."
        : null;

    /// <summary>The document's own stream.</summary>
    public static StreamName Stream(StreamName hub, string id) => hub.Beside($"documents/{id}");

    /// <summary>The group of those who have the document open.</summary>
    public static string Group(string id) => EventRules.DocumentGroups + id;

    /// <summary>The key of a change in its document's stream.</summary>
    public static string? ChangeKey(string? key) => key is null ? null : $"change:{key}";

    /// <summary>The key of a change's message in the hub's stream: a repeated one is delivered once.</summary>
    public static string MessageKey(string id, Position at) => string.Create(CultureInfo.InvariantCulture, $"document:{at.Offset}:{at.Tag:x16}:{id}");
}
