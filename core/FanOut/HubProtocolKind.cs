namespace Serverless.FanOut;

/// <summary>The hub protocols that ready frames are made for.</summary>
public enum HubProtocolKind
{
    /// <summary>JSON text, each message ended by 0x1E.</summary>
    Json,

    /// <summary>MessagePack, each message after its length as a varint.</summary>
    MessagePack,
}
