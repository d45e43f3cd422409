using System.Globalization;

namespace Serverless.SelfHost.Rest;

/// <summary>The version that a call is written for. All since the first are served alike: later ones only add. Contract, section 3.1.</summary>
internal static class ApiVersion
{
    private const string Parameter = "api-version";

    private static readonly DateOnly First = new(2021, 10, 1);

    /// <returns>Null when the call names a version that is served; else what is wrong.</returns>
    public static string? Check(HttpRequest request) =>
        request.Query[Parameter] is not [{ Length: > 0 } version] ? $"The query needs one '{Parameter}', such as 2022-06-01."
        : !DateOnly.TryParseExact(version.Replace("-preview", "", StringComparison.OrdinalIgnoreCase), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? $"'{Parameter}' must be a date, such as 2022-06-01."
        : date < First ? $"'{Parameter}' must be 2021-10-01 or later."
        : null;
}
