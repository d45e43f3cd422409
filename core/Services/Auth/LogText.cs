namespace Serverless.Services.Auth;

/// <summary>Makes what callers send fit for a log: one short line.</summary>
internal static class LogText
{
    private const int MaxLength = 200;

    public static string Of(string text) =>
        new([.. text.Take(MaxLength).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' ? '?' : letter)]);
}
