using Microsoft.AspNetCore.SignalR;
using Serverless.Events;

namespace Serverless.SelfHost.Protocols;

/// <summary>Tells a protocol that every value is taken as it is, serialized.</summary>
internal sealed class PayloadBinder(int arguments) : IInvocationBinder
{
    private static readonly Type[][] Lists = [.. Enumerable.Range(0, 9).Select(count => Enumerable.Repeat(typeof(Payload), count).ToArray())];

    public IReadOnlyList<Type> GetParameterTypes(string methodName) =>
        arguments < Lists.Length ? Lists[arguments] : Enumerable.Repeat(typeof(Payload), arguments).ToArray();

    public Type GetReturnType(string invocationId) => typeof(Payload);

    public Type GetStreamItemType(string streamId) => typeof(Payload);
}
