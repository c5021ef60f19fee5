package dev.spool.bench.engine;

import com.sleepycat.je.Cursor;
import com.sleepycat.je.Database;
import com.sleepycat.je.DatabaseConfig;
import com.sleepycat.je.DatabaseEntry;
import com.sleepycat.je.Durability;
import com.sleepycat.je.Environment;
import com.sleepycat.je.EnvironmentConfig;
import com.sleepycat.je.LockMode;
import com.sleepycat.je.OperationStatus;
import com.sleepycat.je.Transaction;
import com.sleepycat.je.TransactionConfig;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Berkeley DB Java Edition: a log-structured tree whose threads share an fsync when they commit at
 * the same time.
 */
final class JeEngine implements Engine.Loads, Engine.Scans {
  private static final TransactionConfig SYNCED =
      new TransactionConfig().setDurability(Durability.COMMIT_SYNC);
  private static final TransactionConfig BUFFERED =
      new TransactionConfig().setDurability(Durability.COMMIT_WRITE_NO_SYNC);

  private final Environment environment;
  private final Database messages;

  private JeEngine(Environment environment) {
    this.environment = environment;
    this.messages =
        environment.openDatabase(
            null,
            "messages",
            new DatabaseConfig().setAllowCreate(true).setTransactional(true).setKeyPrefixing(true));
  }

  static JeEngine open(Place place) {
    EnvironmentConfig config = new EnvironmentConfig().setAllowCreate(true).setTransactional(true);
    return new JeEngine(new Environment(place.directory().toFile(), config));
  }

  private CompletableFuture<Void> write(SpoolId id, byte @Nullable [] data, boolean sync) {
    Transaction transaction = environment.beginTransaction(null, sync ? SYNCED : BUFFERED);
    DatabaseEntry key = new DatabaseEntry(id.toBytes());
    OperationStatus unused =
        data == null
            ? messages.delete(transaction, key)
            : messages.put(transaction, key, new DatabaseEntry(data));
    transaction.commit();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, dev.spool.Durability durability) {
    return write(id, data, durability == dev.spool.Durability.SYNC);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return write(id, null, false);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    DatabaseEntry data = new DatabaseEntry();
    OperationStatus status =
        messages.get(null, new DatabaseEntry(id.toBytes()), data, LockMode.READ_COMMITTED);
    return status == OperationStatus.SUCCESS
        ? CompletableFuture.completedFuture(data.getData())
        : CompletableFuture.failedFuture(new IllegalStateException("not there: " + id));
  }

  @Override
  public void scan(Visitor visitor) {
    DatabaseEntry id = new DatabaseEntry();
    DatabaseEntry data = new DatabaseEntry();
    try (Cursor cursor = messages.openCursor(null, null)) {
      while (cursor.getNext(id, data, LockMode.READ_UNCOMMITTED) == OperationStatus.SUCCESS) {
        visitor.visit(SpoolId.fromBytes(id.getData()), data.getData());
      }
    }
  }

  @Override
  public void close() {
    messages.close();
    environment.close();
  }
}
