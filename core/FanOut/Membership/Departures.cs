using Serverless.Events;

namespace Serverless.FanOut.Membership;

/// <summary>The rooms that the last connections to go were in. Bounded: the oldest are forgotten. Not thread-safe.</summary>
internal sealed class Departures
{
    private const int Max = 10_000;

    private readonly Dictionary<string, string[]> _rooms = [];
    private readonly Queue<string> _order = [];

    /// <summary>Notes where a connection is, if it shows itself anywhere.</summary>
    public void Add(RosterMember connection)
    {
        string[] rooms = [.. connection.Shown?.Keys ?? []];
        if (rooms.Length == 0)
        {
            return;
        }

        if (!_rooms.ContainsKey(connection.Id.Value))
        {
            _order.Enqueue(connection.Id.Value);
        }

        _rooms[connection.Id.Value] = rooms;
        if (_order.Count > Max)
        {
            _rooms.Remove(_order.Dequeue());
        }
    }

    /// <summary>The rooms of a connection that has gone.</summary>
    public IReadOnlyList<string> Of(ConnectionId connection) => _rooms.GetValueOrDefault(connection.Value) ?? [];
}
