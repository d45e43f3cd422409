using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Serverless.Log.Embedded;

/// <summary>
/// Whether appends may take room. They may while the reserve is there, or while the database's file has as much room within itself: so what they find
/// used up is never the room that trimming needs. Used by the writer alone.
/// </summary>
internal sealed class DiskRoom(EmbeddedFile file, DiskReserve reserve, WriterStatements statements, ILogger logger)
{
    private bool _lost;

    /// <summary>Whether appends may go on, as they usually may; makes the reserve again when there is room for it.</summary>
    public bool TryRegain()
    {
        if (!reserve.TryMake() && statements.FreeBytes.RunForLong() < DiskReserve.Size)
        {
            Lose();
            return false;
        }

        if (_lost)
        {
            _lost = false;
            EmbeddedEventLog.Log.RoomRegained(logger, file.Path);
        }

        return true;
    }

    /// <summary>Gives the reserve up when a fault of writing came from a disk without room.</summary>
    /// <returns>Whether it came from there.</returns>
    public bool GiveUpAfter(SqliteException fault)
    {
        if (!reserve.IsMissed(fault))
        {
            return false;
        }

        reserve.GiveUp();
        Lose();
        return true;
    }

    private void Lose()
    {
        if (!_lost)
        {
            _lost = true;
            EmbeddedEventLog.Log.RoomLost(logger, file.Path);
        }
    }
}
