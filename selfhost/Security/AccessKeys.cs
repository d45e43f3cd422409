using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Serverless.SelfHost.Security;

/// <summary>The access keys in force. A change of configuration that breaks the rules is logged, and the keys before it stay. Thread-safe.</summary>
internal sealed partial class AccessKeys : IDisposable
{
    private readonly IOptionsFactory<KeyOptions> _options;
    private readonly ILogger<AccessKeys> _logger;
    private readonly List<IDisposable> _subscriptions = [];
    private volatile byte[][] _current;

    /// <param name="options">Reads and checks the settings afresh. <c>IOptionsMonitor</c> would throw at every use of keys that were changed for the worse.</param>
    /// <param name="changes">Tell when to.</param>
    /// <param name="logger">Is told of changes.</param>
    public AccessKeys(IOptionsFactory<KeyOptions> options, IEnumerable<IOptionsChangeTokenSource<KeyOptions>> changes, ILogger<AccessKeys> logger)
    {
        _options = options;
        _logger = logger;
        _current = Read();
        foreach (var change in changes)
        {
            _subscriptions.Add(ChangeToken.OnChange(change.GetChangeToken, Reread));
        }
    }

    /// <summary>The bytes of each key, the primary's first. Never empty, and not changed by anybody.</summary>
    public IReadOnlyList<byte[]> Current => _current;

    /// <summary>Whether the primary key is the published one.</summary>
    public bool IsDevelopment => Encoding.UTF8.GetString(_current[0]) == DevelopmentKey.Value;

    public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());

    private byte[][] Read()
    {
        var options = _options.Create(Options.DefaultName);
        string?[] keys = [options.Primary, options.Secondary];
        return [.. keys.Where(key => !string.IsNullOrEmpty(key)).Select(key => Encoding.UTF8.GetBytes(key!))];
    }

    private void Reread()
    {
        try
        {
            var keys = Read();
            if (!keys.Zip(_current).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)) || keys.Length != _current.Length)
            {
                _current = keys;
                Log.Changed(_logger, keys.Length);
            }
        }
        catch (OptionsValidationException fault)
        {
            Log.Refused(_logger, string.Join(' ', fault.Failures));
        }
    }
}
