using Xunit;

namespace Serverless.Tests.Infra.Container;

/// <summary>The image is made once for all tests of it.</summary>
[CollectionDefinition(nameof(NodeImage))]
public sealed class NodeImageCollection : ICollectionFixture<NodeImage>;
