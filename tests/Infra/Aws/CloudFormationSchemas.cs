namespace Serverless.Tests.Infra.Aws;

/// <summary>AWS's specification of resources.</summary>
public sealed class CloudFormationSchemas() : SchemaProcess("cloudformation.mjs");
