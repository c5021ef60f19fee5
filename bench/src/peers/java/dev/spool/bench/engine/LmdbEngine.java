package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.GroupCommit.Write;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;

/**
 * LMDB: a copy-on-write tree in one memory-mapped file, written with pwrite and synced by each
 * commit.
 *
 * <p>Without its sync a crash of the machine can damage the database, not only lose the newest
 * messages, so that there is no buffered store to compare.
 */
final class LmdbEngine implements Engine.LoadsInPlace, Engine.Scans {
  /** For its faster way to buffers. */
  static final JvmNeeds NEEDS =
      JvmNeeds.options(
          List.of(
              "--add-opens=java.base/java.nio=ALL-UNNAMED",
              "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"));

  /** Of address space; the file is as long as what is in it. */
  private static final long MAP_BYTES = 64L << 30;

  private static final int ID_BYTES = 16;

  private static final ThreadLocal<ByteBuffer> KEYS =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(ID_BYTES));

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> messages;
  private final GroupCommit commits;

  private LmdbEngine(Env<ByteBuffer> env) {
    this.env = env;
    this.messages = env.openDbi("messages", DbiFlags.MDB_CREATE);
    this.commits = GroupCommit.start("lmdb", PeerEngines.GROUP_BYTES, this::commit);
  }

  static LmdbEngine open(Place place) {
    return new LmdbEngine(
        Env.create().setMapSize(MAP_BYTES).setMaxDbs(1).open(place.directory().toFile()));
  }

  private static ByteBuffer key(SpoolId id) {
    return KEYS.get().clear().put(id.toBytes()).flip();
  }

  private void commit(List<Write> group, boolean sync) {
    try (Txn<ByteBuffer> transaction = env.txnWrite()) {
      for (Write write : group) {
        byte[] data = write.data();
        ByteBuffer key = key(write.id());
        if (data == null) {
          messages.delete(transaction, key);
        } else {
          messages.reserve(transaction, key, data.length).put(data);
        }
      }
      transaction.commit();
    }
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
    try (Txn<ByteBuffer> transaction = env.txnRead()) {
      ByteBuffer data = messages.get(transaction, key(id));
      return data == null
          ? CompletableFuture.failedFuture(new IllegalStateException("not there: " + id))
          : CompletableFuture.completedFuture(bytes(data));
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void scan(Visitor visitor) {
    try (Txn<ByteBuffer> transaction = env.txnRead();
        CursorIterable<ByteBuffer> entries = messages.iterate(transaction)) {
      for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
        visitor.visit(SpoolId.fromBytes(bytes(entry.key())), bytes(entry.val()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    commits.close();
    env.close();
  }
}
