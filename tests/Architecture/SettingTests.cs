using System.Text.RegularExpressions;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>Each setting stands in docs/configuration.md, and what stands there exists.</summary>
public sealed partial class SettingTests
{
    private const string Page = "docs/configuration.md";

    [Fact]
    public void Options_Types_NameTheirSection()
    {
        var wrong = from file in Options()
                    where !SectionRule().IsMatch(file.Text)
                    select file.Path;
        Expect.None(wrong, "Say in the type's summary where its settings stand: Section <c>Serverless:Name</c>.");
    }

    [Fact]
    public void Options_Settings_AreDocumented()
    {
        var page = SourceFile.Read(Page);
        var wrong = Settings().Where(setting => !page.Contains($"`{setting}`", StringComparison.Ordinal));
        Expect.None(wrong, $"Add each to the table of {Page}: setting, default, range, what it does.");
    }

    [Fact]
    public void Page_Settings_Exist()
    {
        var settings = Settings().ToHashSet();
        var wrong = from Match match in RowRule().Matches(SourceFile.Read(Page))
                    where !settings.Contains(match.Groups["setting"].Value)
                    select match.Groups["setting"].Value;
        Expect.None(wrong, $"No Options type has these: take them out of {Page}, or correct their names.");
    }

    private static IEnumerable<SourceFile> Options() =>
        SourceFile.In("core", "Options.cs").Concat(SourceFile.In("selfhost", "Options.cs"));

    private static IEnumerable<string> Settings() =>
        from file in Options()
        let section = SectionRule().Match(file.Text).Groups["section"].Value
        from Match match in SettingRule().Matches(file.Text)
        select $"{section}:{match.Groups["name"].Value}";

    [GeneratedRegex(@"Section <c>(?<section>Serverless[\w:]*)</c>")]
    private static partial Regex SectionRule();

    [GeneratedRegex(@"^\s+public [\w<>?\[\], .]+ (?<name>\w+) \{ get; (?:set;|init;|\})", RegexOptions.Multiline)]
    private static partial Regex SettingRule();

    [GeneratedRegex(@"^\| `(?<setting>Serverless:[\w:]+)`", RegexOptions.Multiline)]
    private static partial Regex RowRule();
}
