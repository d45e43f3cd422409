using System.Net.Http.Headers;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Upstream;

/// <summary>An event of a client on its way to a receiver. Contract, section 4.2.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Event">What happened.</param>
/// <param name="Template">The receiver.</param>
/// <param name="Address">Where it is posted.</param>
/// <param name="Signature">Of the connection's id.</param>
internal sealed record UpstreamCall(ClientIdentity Client, UpstreamEvent Event, UpstreamTemplate Template, Uri Address, string Signature)
{
    /// <summary>A request; each attempt needs one of its own.</summary>
    public HttpRequestMessage ToRequest()
    {
        var content = new ReadOnlyMemoryContent(Event.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue(Event.ContentType);
        var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = content };
        Add(request, "X-ASRS-Connection-Id", Client.Connection.Value);
        Add(request, "X-ASRS-Hub", Client.Stream.Hub);
        Add(request, "X-ASRS-Category", Event.Category);
        Add(request, "X-ASRS-Event", HeaderText.Encode(Event.Name));
        Add(request, "X-ASRS-User-Id", HeaderText.EncodeName(Client.User ?? ""));
        Add(request, "X-ASRS-User-Claims", Client.Origin?.Claims);
        Add(request, "X-ASRS-Client-Query", Client.Origin?.Query);
        Add(request, "X-ASRS-Signature", Signature);
        return request;
    }

    /// <summary>Receivers read the first line of a header only: each is one.</summary>
    private static void Add(HttpRequestMessage request, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
