package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * RocksDB as one embeds it in an afternoon: {@code put} with sync, by the thread that has the
 * message.
 *
 * <p>Either the callers' own threads block, as many as there are messages in flight; or a few
 * worker threads do, behind futures, as in a server whose asynchronous runtime has that many.
 */
final class RawRocksEngine implements Engine.Loads, Engine.Scans {
  static {
    RocksDB.loadLibrary();
  }

  private final Options options =
      new Options().setCreateIfMissing(true).setCompressionType(CompressionType.NO_COMPRESSION);
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions buffered = new WriteOptions();
  private final ReadOptions reads = new ReadOptions();
  private final RocksDB db;
  private final @Nullable ExecutorService workers;
  private final Executor executor;

  private RawRocksEngine(Place place, int workers) throws RocksDBException {
    this.db = RocksDB.open(options, place.directory().toString());
    this.workers = workers == 0 ? null : Executors.newFixedThreadPool(workers);
    this.executor = this.workers == null ? Runnable::run : this.workers;
  }

  /** Opens; with 0 workers each call blocks its caller. */
  static RawRocksEngine open(Place place, int workers) throws RocksDBException {
    return new RawRocksEngine(place, workers);
  }

  /** A change of the database. */
  @FunctionalInterface
  private interface Change {
    void run() throws RocksDBException;
  }

  private CompletableFuture<Void> change(Change change) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            change.run();
            done.complete(null);
          } catch (RocksDBException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return change(
        () -> db.put(durability == Durability.SYNC ? synced : buffered, id.toBytes(), data));
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return change(() -> db.delete(buffered, id.toBytes()));
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    CompletableFuture<byte[]> done = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            byte[] data = db.get(reads, id.toBytes());
            if (data == null) {
              throw new RocksDBException("not there: " + id);
            }
            done.complete(data);
          } catch (RocksDBException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  @Override
  public void scan(Visitor visitor) throws RocksDBException {
    try (RocksIterator entries = db.newIterator(reads)) {
      for (entries.seekToFirst(); entries.isValid(); entries.next()) {
        visitor.visit(SpoolId.fromBytes(entries.key()), entries.value());
      }
      entries.status();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (workers != null) {
        workers.shutdown();
        workers.awaitTermination(1, TimeUnit.MINUTES);
      }
      db.closeE();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted while closing");
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
    reads.close();
    buffered.close();
    synced.close();
    options.close();
  }
}
