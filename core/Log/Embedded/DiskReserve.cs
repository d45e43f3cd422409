using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>Room on the disk that is kept while there is some, so that trimming can run when there is none. Not thread-safe.</summary>
internal sealed class DiskReserve(string folder)
{
    /// <summary>Its size in bytes: trimming first needs the write-ahead log moved, which makes the file grow by what <see cref="WalCheckpoint"/> and one
    /// transaction let wait there.</summary>
    public const int Size = 16 * 1024 * 1024;

    private readonly string _path = Path.Combine(folder, "serverless.reserve");

    /// <summary>Whether the file is there.</summary>
    public bool Held { get; private set; }

    /// <summary>The bytes that the disk has for this user.</summary>
    public long FreeSpace => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Whether the file is there, from this run or the one before.</summary>
    public bool Exists => File.Exists(_path);

    /// <summary>Whether a fault of writing comes from a disk without room.</summary>
    public bool IsMissed(SqliteException fault) =>
        fault.SqliteErrorCode == raw.SQLITE_FULL || (fault.SqliteErrorCode == raw.SQLITE_IOERR && FreeSpace < Size);

    /// <summary>Makes the file when the disk has room for it and as much again.</summary>
    /// <returns><see cref="Held"/>.</returns>
    public bool TryMake()
    {
        if (Held)
        {
            return true;
        }

        if (new FileInfo(_path) is { Exists: true, Length: Size })
        {
            Held = true;
        }
        else if (FreeSpace >= 2L * Size)
        {
            Held = Write();
        }

        return Held;
    }

    /// <summary>Gives the room back to the disk.</summary>
    public void GiveUp()
    {
        File.Delete(_path);
        Held = false;
    }

    private bool Write()
    {
        try
        {
            // noise: a file system that compresses would keep no room for zeros
            var noise = RandomNumberGenerator.GetBytes(Size / 16);
            using var file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            for (var written = 0; written < Size; written += noise.Length)
            {
                file.Write(noise);
            }

            file.Flush(flushToDisk: true);
            return true;
        }
        catch (IOException)
        {
            // somebody else took the room meanwhile: as if there had been none
            File.Delete(_path);
            return false;
        }
    }
}
