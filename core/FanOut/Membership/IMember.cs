using Serverless.Events;

namespace Serverless.FanOut.Membership;

/// <summary>A connection in a <see cref="MemberTable{TMember}"/>.</summary>
internal interface IMember
{
    ConnectionId Id { get; }

    /// <summary>Its user, or null.</summary>
    string? User { get; }

    /// <summary>The groups it is in; the table's.</summary>
    HashSet<string>? Groups { get; set; }

    /// <summary>Its place in the table's list; the table's. -1 while it is in none.</summary>
    int Index { get; set; }

    /// <summary>It has left a group, and stays in the table.</summary>
    void Left(string group)
    {
    }
}
