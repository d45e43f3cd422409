using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>docs/azure-signalr.md says what is there, and which test shows it: that test exists.</summary>
public sealed partial class ContractTests
{
    private const string Page = "docs/azure-signalr.md";

    private static readonly string[] Claims = ["yes", "other"];

    [Fact]
    public void Page_Tests_Exist()
    {
        var tests = (from type in typeof(ContractTests).Assembly.GetTypes()
                     from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
                     where method.GetCustomAttributes<FactAttribute>(inherit: true).Any()
                     select $"{type.Name}.{method.Name}").ToHashSet();
        var wrong = from row in Rows()
                    from Match name in NameRule().Matches(row.Test)
                    where !tests.Contains(name.Groups["name"].Value)
                    select $"{row.Item}: {name.Groups["name"].Value}";
        Expect.None(wrong, $"Name tests in {Page} as `Class.Method`, as they are called now.");
    }

    [Fact]
    public void Page_WhatIsThere_HasATest()
    {
        var wrong = from row in Rows()
                    where Claims.Any(claim => row.Here.StartsWith(claim, StringComparison.Ordinal)) && !NameRule().IsMatch(row.Test)
                    select row.Item;
        Expect.None(wrong, $"A row of {Page} that says 'yes' or 'other' names a test that shows it, as `Class.Method`.");
    }

    [Fact]
    public void Page_Tests_StandInTheirColumn()
    {
        var rows = Rows().ToList();
        Assert.NotEmpty(rows);
        var wrong = from line in SourceFile.Read(Page).Split('\n')
                    where line.StartsWith('|') && line.Count(letter => letter == '|') != 4
                    select line;
        Expect.None(wrong, "A row is | item | here | test |.");
    }

    private static IEnumerable<Row> Rows() =>
        from Match row in RowRule().Matches(SourceFile.Read(Page))
        where row.Groups["item"].Value is not ("item" or "---")
        select new Row(row.Groups["item"].Value, row.Groups["here"].Value, row.Groups["test"].Value);

    [GeneratedRegex(@"^\| ?(?<item>[^|\n]+?) ?\| ?(?<here>[^|\n]*?) ?\| ?(?<test>[^|\n]*?) ?\|$", RegexOptions.Multiline)]
    private static partial Regex RowRule();

    [GeneratedRegex(@"`(?<name>\w+Tests\.\w+)`")]
    private static partial Regex NameRule();

    private sealed record Row(string Item, string Here, string Test);
}
