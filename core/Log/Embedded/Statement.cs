using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>
/// A prepared statement that is run many times. It goes past <see cref="SqliteCommand"/>, which makes objects for each run and sleeps when it meets a
/// lock. Parameters and columns count as SQLite's do: from 1 and from 0. Not thread-safe.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, string value)
    {
        Check(raw.sqlite3_bind_text(_statement, parameter, value));
        return this;
    }

    /// <summary>Binds a tag's bits.</summary>
    public Statement BindTag(int parameter, ulong tag) => Bind(parameter, unchecked((long)tag));

    /// <summary>Binds an offset and, to the parameter after it, a tag.</summary>
    public Statement Bind(int parameter, Position position) => Bind(parameter, position.Offset).BindTag(parameter + 1, position.Tag);

    public Statement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, parameter, utf8));
        return this;
    }

    public Statement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    /// <summary>Goes to the next row; false behind the last one. <see cref="Reset"/> is the caller's.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
        return false;
    }

    /// <summary>Ends the run, and with it what it holds of the file. The fault of a failed step was thrown by that step.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    /// <summary>Runs to the end.</summary>
    /// <param name="each">Called for each row.</param>
    /// <returns>How many rows it changed, when it changes some.</returns>
    public int Run(Action<Statement>? each = null)
    {
        try
        {
            while (Step())
            {
                each?.Invoke(this);
            }

            return raw.sqlite3_changes(_database);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>The first column of the first row; null without a row.</summary>
    public long? RunForLong() => First<long?>(row => row.Long(0));

    /// <summary>What is read from the first row; the default without a row.</summary>
    public T? First<T>(Func<Statement, T> read)
    {
        try
        {
            return Step() ? read(this) : default;
        }
        finally
        {
            Reset();
        }
    }

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public ulong Tag(int column) => unchecked((ulong)Long(column));

    /// <summary>An offset and, in the column after it, a tag.</summary>
    public Position Position(int column) => new(Long(column), Tag(column + 1));

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>The bytes of a column, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(result, _database);
        }
    }
}
