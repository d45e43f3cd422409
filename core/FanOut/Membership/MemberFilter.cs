namespace Serverless.FanOut.Membership;

/// <summary>
/// A condition on connections, in the part of OData that Azure SignalR has: <c>startswith(userId, 'a') and not ('red' in groups)</c>.
/// <code>
/// or      = and { "or" and }                    and  = not { "and" not }                 not = [ "not" ] primary
/// primary = "(" or ")" | test "(" value "," value ")" | value ( "eq" | "ne" | "lt" | "le" | "gt" | "ge" ) value
///         | value "in" ( "groups" | "(" value { "," value } ")" )
/// value   = "userId" | "connectionId" | "null" | text | number | ( "length" | "tolower" | "toupper" ) "(" value ")"
/// test    = "startswith" | "endswith" | "contains"
/// </code>
/// Texts are compared by ordinal. A comparison with null other than "eq" and "ne" is false, as is a test of it.
/// </summary>
internal sealed class MemberFilter
{
    /// <summary>The longest text of a filter.</summary>
    public const int MaxLength = 4096;

    private const int MaxDepth = 64;

    private readonly List<string> _tokens;
    private int _next;
    private int _depth;

    private MemberFilter(string text) => _tokens = FilterTokens.Read(text);

    private delegate object? Value(IMember member);

    /// <summary>Reads a condition; empty text is one that all fulfil.</summary>
    /// <exception cref="FormatException">The text isn't one; the message says where.</exception>
    public static Predicate<IMember> Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return _ => true;
        }

        if (text.Length > MaxLength)
        {
            throw new FormatException($"A filter has at most {MaxLength} characters.");
        }

        var parser = new MemberFilter(text);
        var condition = parser.Or();
        return parser.Peek() is { } rest ? throw new FormatException($"'{rest}' wasn't expected.") : condition;
    }

    private Predicate<IMember> Or()
    {
        var left = And();
        while (TryTake("or"))
        {
            var (before, after) = (left, And());
            left = member => before(member) || after(member);
        }

        return left;
    }

    private Predicate<IMember> And()
    {
        var left = Not();
        while (TryTake("and"))
        {
            var (before, after) = (left, Not());
            left = member => before(member) && after(member);
        }

        return left;
    }

    private Predicate<IMember> Not()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException($"It is nested more than {MaxDepth} deep.");
        }

        Predicate<IMember> condition;
        if (TryTake("not"))
        {
            var negated = Not();
            condition = member => !negated(member);
        }
        else if (TryTake("("))
        {
            condition = Or();
            Take(")");
        }
        else
        {
            condition = Test() ?? Comparison();
        }

        _depth--;
        return condition;
    }

    private Predicate<IMember>? Test()
    {
        Func<string, string, bool>? test = Peek() switch
        {
            "startswith" => (text, part) => text.StartsWith(part, StringComparison.Ordinal),
            "endswith" => (text, part) => text.EndsWith(part, StringComparison.Ordinal),
            "contains" => (text, part) => text.Contains(part, StringComparison.Ordinal),
            _ => null,
        };
        if (test is null)
        {
            return null;
        }

        _next++;
        Take("(");
        var text = Operand();
        Take(",");
        var part = Operand();
        Take(")");
        return member => text(member) is string whole && part(member) is string searched && test(whole, searched);
    }

    private Predicate<IMember> Comparison()
    {
        var left = Operand();
        if (TryTake("in"))
        {
            return In(left);
        }

        Func<int, bool> holds = Next() switch
        {
            "eq" => order => order == 0,
            "ne" => order => order != 0,
            "lt" => order => order < 0,
            "le" => order => order <= 0,
            "gt" => order => order > 0,
            "ge" => order => order >= 0,
            var other => throw new FormatException($"'{other}' is no comparison."),
        };
        var isOrder = _tokens[_next - 1] is not ("eq" or "ne");
        var right = Operand();
        return member => (left(member), right(member)) switch
        {
            (string a, string b) => holds(string.CompareOrdinal(a, b)),
            (long a, long b) => holds(a.CompareTo(b)),
            (null, null) => !isOrder && holds(0),
            _ => !isOrder && holds(1),
        };
    }

    private Predicate<IMember> In(Value left)
    {
        if (TryTake("groups"))
        {
            return member => left(member) is string group && member.Groups?.Contains(group) == true;
        }

        Take("(");
        List<Value> values = [Operand()];
        while (TryTake(","))
        {
            values.Add(Operand());
        }

        Take(")");
        return member => values.Exists(value => Equals(value(member), left(member)));
    }

    private Value Operand()
    {
        var token = Next();
        switch (token)
        {
            case "userId":
                return member => member.User;
            case "connectionId":
                return member => member.Id.Value;
            case "null":
                return _ => null;
            case "length" or "tolower" or "toupper":
                Take("(");
                var of = Operand();
                Take(")");
                return member => of(member) is not string text ? null
                    : token == "length" ? (long)text.Length
                    : token == "tolower" ? text.ToLowerInvariant() : text.ToUpperInvariant();
        }

        if (token[0] == '\'')
        {
            var text = token[1..];
            return _ => text;
        }

        return long.TryParse(token, out var number) ? _ => number : throw new FormatException($"'{token}' is no value.");
    }

    private string? Peek() => _next < _tokens.Count ? _tokens[_next] : null;

    private string Next() => _next < _tokens.Count ? _tokens[_next++] : throw new FormatException("It ends too soon.");

    private bool TryTake(string token)
    {
        if (Peek() != token)
        {
            return false;
        }

        _next++;
        return true;
    }

    private void Take(string token)
    {
        if (!TryTake(token))
        {
            throw new FormatException($"'{token}' was expected, not '{Peek() ?? "the end"}'.");
        }
    }
}
