using System.Text.Json.Nodes;

namespace Serverless.Tests.Infra;

/// <summary>What a script found wrong, and the documents that it read.</summary>
public sealed record SchemaAnswer(IReadOnlyList<string> Errors, IReadOnlyList<JsonObject> Documents);
