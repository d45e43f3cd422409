using Serverless.Connections;
using Serverless.FanOut;

namespace Serverless.SelfHost.Clients;

/// <summary>A transport of this node.</summary>
internal abstract class FramedIO : ConnectionIO
{
    /// <summary>Whether bytes that aren't text may be sent over it.</summary>
    public virtual bool CarriesBinary => true;

    /// <summary>Says what the frames are, before the first is sent.</summary>
    public virtual void Use(HubProtocolKind protocol)
    {
    }

    /// <summary>Says whose transport it is, once the connection is open.</summary>
    public virtual void Opened(ClientConnection connection)
    {
    }

    /// <summary>Ends it in order, once the client has ended its side.</summary>
    public virtual void Finish()
    {
    }
}
