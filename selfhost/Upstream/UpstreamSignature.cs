using System.Security.Cryptography;
using System.Text;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Upstream;

/// <summary>Proves to a receiver that a request comes from a node with its keys. It covers the connection's id only. Contract, section 4.3.</summary>
internal sealed class UpstreamSignature(AccessKeys keys)
{
    /// <summary>One signature for each key, without a space between: the Functions extension doesn't trim.</summary>
    public string Of(string connection)
    {
        var data = Encoding.UTF8.GetBytes(connection);
        return string.Join(',', keys.Current.Select(key => $"sha256={Convert.ToHexString(HMACSHA256.HashData(key, data))}"));
    }
}
