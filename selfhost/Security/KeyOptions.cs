namespace Serverless.SelfHost.Security;

/// <summary>The access keys: who has one may do everything. Section <c>Serverless:Keys</c>; a change of configuration counts without a restart.</summary>
internal sealed class KeyOptions
{
    /// <summary>Signs what the node issues, and verifies what it is shown. Its UTF-8 bytes are the key.</summary>
    /// <value>At least 32 bytes. Default: in Development, while the node listens on loopback addresses only, the published development key; else none.</value>
    public string? Primary { get; set; }

    /// <summary>Verifies too, so that keys are changed one after the other.</summary>
    /// <value>At least 32 bytes. Default null: no second key.</value>
    public string? Secondary { get; set; }
}
