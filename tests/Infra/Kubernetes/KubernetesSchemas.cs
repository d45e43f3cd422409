namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>What Kubernetes, KEDA and the Prometheus operator take.</summary>
public sealed class KubernetesSchemas() : SchemaProcess("kubernetes.mjs");
