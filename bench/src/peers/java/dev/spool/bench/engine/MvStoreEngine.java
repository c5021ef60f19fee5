package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.GroupCommit.Write;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;

/**
 * H2's MVStore: a log-structured tree.
 *
 * <p>Only the committer commits: with commits of other threads beside it, a chunk has been lost.
 */
final class MvStoreEngine implements Engine.LoadsInPlace, Engine.Scans {
  private final MVStore store;
  private final MVMap<byte[], byte[]> messages;
  private final GroupCommit commits;

  private MvStoreEngine(MVStore store) {
    this.store = store;
    this.messages =
        store.openMap(
            "messages",
            new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    this.commits = GroupCommit.start("mvstore", PeerEngines.GROUP_BYTES, this::commit);
  }

  static MvStoreEngine open(Place place) {
    return new MvStoreEngine(
        new MVStore.Builder()
            .fileName(place.directory().resolve("messages.mv").toString())
            .autoCommitDisabled()
            .open());
  }

  private void commit(List<Write> group, boolean sync) {
    for (Write write : group) {
      byte[] data = write.data();
      if (data == null) {
        messages.remove(write.id().toBytes());
      } else {
        messages.put(write.id().toBytes(), data);
      }
    }
    store.commit();
    if (sync) {
      store.sync();
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
    byte[] data = messages.get(id.toBytes());
    return data == null
        ? CompletableFuture.failedFuture(new IllegalStateException("not there: " + id))
        : CompletableFuture.completedFuture(data);
  }

  @Override
  public void scan(Visitor visitor) {
    Cursor<byte[], byte[]> cursor = messages.cursor(null);
    while (cursor.hasNext()) {
      byte[] id = cursor.next();
      visitor.visit(SpoolId.fromBytes(id), cursor.getValue());
    }
  }

  @Override
  public void close() throws IOException {
    commits.close();
    store.sync();
    store.close();
  }
}
