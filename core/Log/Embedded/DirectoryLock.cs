namespace Serverless.Log.Embedded;

/// <summary>
/// Keeps other processes, and other logs of this one, out of a folder. It is a file of its own: opening and closing the database's files would drop the
/// locks that SQLite has on them. The system gives it back when the process ends, however it ends; the file stays.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _held;

    private DirectoryLock(FileStream held) => _held = held;

    /// <exception cref="LogOpenException">Another log has the folder.</exception>
    public static DirectoryLock Take(string folder)
    {
        var path = Path.Combine(folder, "serverless.lock");
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new LogOpenException(
                $"Another process has the log in {folder} open (its lock is {path}). Stop it, give this one a folder of its own with " +
                "Serverless:Log:Path, or share streams between nodes through Serverless:Log:Redis.",
                e);
        }
    }

    public void Dispose() => _held.Dispose();
}
