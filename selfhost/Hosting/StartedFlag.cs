namespace Serverless.SelfHost.Hosting;

/// <summary>Whether the node has started.</summary>
internal sealed class StartedFlag
{
    private volatile bool _isSet;

    public bool IsSet => _isSet;

    public void Set() => _isSet = true;
}
