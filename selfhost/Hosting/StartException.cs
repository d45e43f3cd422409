namespace Serverless.SelfHost.Hosting;

/// <summary>The node can't start with its settings: the message lists every fault, for whoever sets them.</summary>
internal sealed class StartException(string message) : Exception(message);
