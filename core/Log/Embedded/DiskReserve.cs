using System.Security.Cryptography;

namespace Serverless.Log.Embedded;

/// <summary>Room on the disk that is kept while there is some, so that trimming can run when there is none. Not thread-safe.</summary>
internal sealed class DiskReserve(string folder)
{
    /// <summary>Its size in bytes.</summary>
    public const int Size = 4 * 1024 * 1024;

    private readonly string _path = Path.Combine(folder, "serverless.reserve");

    /// <summary>Whether the file is there.</summary>
    public bool Held { get; private set; }

    /// <summary>The bytes that the disk has for this user.</summary>
    public long FreeSpace => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Makes the file when the disk has room for it and as much again.</summary>
    /// <returns><see cref="Held"/>.</returns>
    public bool TryMake()
    {
        if (!Held && new FileInfo(_path) is { Exists: true, Length: Size })
        {
            Held = true;
        }

        if (!Held && FreeSpace >= 2L * Size)
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
            var noise = RandomNumberGenerator.GetBytes(Size);
            using var file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(noise);
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
