package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.GroupCommit.Write;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * SQLite with a write-ahead log: one connection writes, which is the committer's, one scans, and
 * each thread that loads has its own.
 *
 * <p>Pages of 8 KiB are what its own measurements advise for values of some KiB and more.
 */
final class SqliteEngine implements Engine.LoadsInPlace, Engine.Scans {
  private final Connection writer;
  private final Connection reader;
  private final PreparedStatement insert;
  private final PreparedStatement delete;

  /** One for each thread that loads, closed at the end. */
  private final ThreadLocal<PreparedStatement> select = ThreadLocal.withInitial(this::select);

  private final Queue<Connection> readers = new ConcurrentLinkedQueue<>();
  private final String url;

  private final GroupCommit commits;

  /** Whether a commit syncs the log; the committer's own. */
  private boolean full = true;

  private SqliteEngine(String url, Connection writer, Connection reader) throws SQLException {
    this.url = url;
    this.writer = writer;
    this.reader = reader;
    this.insert = writer.prepareStatement("insert or replace into message values (?, ?)");
    this.delete = writer.prepareStatement("delete from message where id = ?");
    this.commits = GroupCommit.start("sqlite", PeerEngines.GROUP_BYTES, this::commit);
  }

  static SqliteEngine open(Place place) throws SQLException {
    String url = "jdbc:sqlite:" + place.directory().resolve("messages.db");
    Connection writer = DriverManager.getConnection(url);
    execute(writer, "pragma page_size = 8192");
    execute(writer, "pragma journal_mode = wal");
    execute(writer, "pragma synchronous = full");
    execute(writer, "create table if not exists message (id blob primary key, data blob not null)");
    return new SqliteEngine(url, writer, DriverManager.getConnection(url));
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  private void commit(List<Write> group, boolean sync) throws SQLException {
    if (sync != full) {
      execute(writer, "pragma synchronous = " + (sync ? "full" : "normal"));
      full = sync;
    }
    execute(writer, "begin immediate");
    for (Write write : group) {
      byte[] data = write.data();
      PreparedStatement statement = data == null ? delete : insert;
      statement.setBytes(1, write.id().toBytes());
      if (data != null) {
        statement.setBytes(2, data);
      }
      int unused = statement.executeUpdate();
    }
    execute(writer, "commit");
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return commits.store(id, data, durability);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return commits.remove(id);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    try {
      PreparedStatement statement = select.get();
      statement.setBytes(1, id.toBytes());
      try (ResultSet found = statement.executeQuery()) {
        return found.next()
            ? CompletableFuture.completedFuture(found.getBytes(1))
            : CompletableFuture.failedFuture(new IllegalStateException("not there: " + id));
      }
    } catch (SQLException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private PreparedStatement select() {
    try {
      Connection connection = DriverManager.getConnection(url);
      readers.add(connection);
      return connection.prepareStatement("select data from message where id = ?");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void scan(Visitor visitor) throws SQLException {
    try (Statement all = reader.createStatement();
        ResultSet found = all.executeQuery("select id, data from message")) {
      while (found.next()) {
        visitor.visit(SpoolId.fromBytes(found.getBytes(1)), found.getBytes(2));
      }
    }
  }

  @Override
  public void close() throws IOException {
    commits.close();
    try {
      reader.close();
      for (Connection each : readers) {
        each.close();
      }
      // The last connection that closes moves the log into the database, and syncs that.
      writer.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
