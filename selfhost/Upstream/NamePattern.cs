namespace Serverless.SelfHost.Upstream;

/// <summary>Which names a template takes: all, or those of a list. There are no prefixes or wildcards within names. Contract, section 4.1.</summary>
internal sealed class NamePattern
{
    /// <summary>Matches every name, also as one of a list.</summary>
    public const string Any = "*";

    private readonly HashSet<string>? _names;

    /// <param name="pattern">Names with commas between; spaces around them don't count.</param>
    public NamePattern(string pattern)
    {
        var names = pattern.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        _names = names.Contains(Any) ? null : names.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Case counts.</summary>
    public bool Matches(string name) => _names is null || _names.Contains(name);
}
