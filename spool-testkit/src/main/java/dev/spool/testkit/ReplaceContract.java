package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storing under an id that is there replaces the message, whole. */
public interface ReplaceContract extends BackendContract {

  /** A longer message replaces a shorter one. */
  @Test
  default void replacedByLonger(@TempDir Path dir) {
    replace(dir, Messages.of(1, 100), Messages.of(2, 100_000));
  }

  /** A shorter message leaves nothing behind of a longer one. */
  @Test
  default void replacedByShorter(@TempDir Path dir) {
    replace(dir, Messages.of(1, 100_000), Messages.of(2, 100));
  }

  /** The empty message replaces another. */
  @Test
  default void replacedByEmpty(@TempDir Path dir) {
    replace(dir, Messages.of(1, 5000), new byte[0]);
  }

  /** A message is replaced by an equal one. */
  @Test
  default void replacedByItself(@TempDir Path dir) {
    byte[] message = Messages.of(1, 5000);
    replace(dir, message, message);
  }

  /** A buffered store replaces a synced one, and the other way round. */
  @Test
  default void replacedAtTheOtherDurability(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10), Durability.SYNC, null));
      Check.get(spool.store(id, Messages.of(2, 20), Durability.BUFFERED, null));
      Check.holds(spool, id, Messages.of(2, 20));
      Check.get(spool.store(id, Messages.of(3, 30), Durability.SYNC, null));
      Check.holdsExactly(spool, Map.of(id, Messages.of(3, 30)));
    }
  }

  /**
   * The last of many replacements, each stored once the one before has completed, is what is there.
   */
  @Test
  default void lastOfManyReplacements(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      for (int i = 0; i < 100; i++) {
        Check.get(spool.store(id, Messages.of(i, 10 * i), Durability.BUFFERED, null));
        Check.holds(spool, id, Messages.of(i, 10 * i));
      }
      Check.holdsExactly(spool, Map.of(id, Messages.of(99, 990)));
    }
  }

  /** While a message is replaced again and again, every load is one of the versions, whole. */
  @Test
  default void loadsBesideReplacementsAreWhole(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.numbered(0, 8), Durability.BUFFERED, null));
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      List<CompletableFuture<byte[]>> loads = new ArrayList<>();
      for (int i = 1; i <= 100; i++) {
        stores.add(spool.store(id, Messages.numbered(i, 8 + i * 97), Durability.BUFFERED, null));
        loads.add(spool.load(id));
      }
      stores.forEach(Check::get);
      for (CompletableFuture<byte[]> load : loads) {
        byte[] seen = Check.get(load);
        int version = (int) Messages.number(seen);
        Check.same(seen, Messages.numbered(version, 8 + version * 97));
      }
    }
  }

  private void replace(Path dir, byte[] before, byte[] after) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      SpoolId bystander = SpoolId.withTimestampOf(id);
      Check.get(spool.store(id, before));
      Check.get(spool.store(bystander, Messages.of(77, 77)));
      Check.get(spool.store(id, after));
      Check.holdsExactly(spool, Map.of(id, after, bystander, Messages.of(77, 77)));
    }
  }
}
