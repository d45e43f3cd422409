namespace Serverless.FanOut.Membership;

/// <summary>The conditions that <see cref="Events.Audience.Filter"/> and <see cref="Events.GroupMember.Filter"/> take.</summary>
public static class ConnectionFilter
{
    /// <returns>Null when the text is a condition, or empty; else what is wrong.</returns>
    public static string? Check(string text)
    {
        try
        {
            MemberFilter.Parse(text);
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }
}
