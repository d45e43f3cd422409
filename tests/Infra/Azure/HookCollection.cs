using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>The classes that share <see cref="HookPrograms"/>.</summary>
[CollectionDefinition(HookPrograms.Collection)]
public sealed class HookCollection : ICollectionFixture<HookPrograms>;
