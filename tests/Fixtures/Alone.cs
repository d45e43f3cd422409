using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>Tests that measure the whole process: no other test runs in it meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
