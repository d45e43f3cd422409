using Xunit;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>Tests that share the nodes, one after the other.</summary>
[CollectionDefinition(nameof(Nodes))]
public sealed class NodesCollection : ICollectionFixture<Nodes>;
