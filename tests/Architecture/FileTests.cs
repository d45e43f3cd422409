using System.Text.RegularExpressions;
using Xunit;

namespace Serverless.Tests.Architecture;

public sealed partial class FileTests
{
    private const int MaxLines = 400;

    private static readonly string[] Projects = ["core", "selfhost", "clients", "functions", "tests", "bench"];

    [Fact]
    public void Files_Length_IsReadable()
    {
        var wrong = from project in Projects
                    from file in SourceFile.In(project, ".cs", ".js", ".css", ".html", ".lua")
                    where file.Lines > MaxLines
                    select $"{file}: {file.Lines} lines";
        Expect.None(wrong, $"A file of more than {MaxLines} lines does two things: name the second, and give it a file of its own.");
    }

    [Fact]
    public void LogMessages_Ids_AreUnique()
    {
        var ids = from project in Projects
                  from file in SourceFile.In(project, ".cs")
                  from Match match in LogMessageRule().Matches(file.Text)
                  group file.Path by match.Groups["id"].Value;
        var wrong = from id in ids
                    where id.Count() > 1
                    select $"{id.Key}: {string.Join(", ", id)}";
        Expect.None(wrong, "People search logs by these ids: take the next free one of the folder's range.");
    }

    [Fact]
    public void Page_Html_HasNoInlineScriptOrStyle()
    {
        var wrong = from file in SourceFile.In("selfhost/wwwroot", ".html")
                    from Match match in InlineRule().Matches(file.Text)
                    select $"{file}: {match.Value}";
        Expect.None(wrong, "The page's policy is default-src 'self': put scripts and styles into files of their own.");
    }

    [GeneratedRegex(@"LoggerMessage\(\s*(?:EventId\s*=\s*)?(?<id>\d+)")]
    private static partial Regex LogMessageRule();

    [GeneratedRegex(@"<script(?![^>]*\ssrc=)[^>]*>|<style[^>]*>|\son[a-z]+=|\sstyle=|(?:src|href)=""(?:https?:)?//[^""]*")]
    private static partial Regex InlineRule();
}
