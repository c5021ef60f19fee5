package dev.spool.rocksdb;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.support.WriteCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Calls that are written together, and whose results are still due: each leaves the group with its
 * own. Belongs to the committer.
 */
final class Group {
  /** Never grows: there might be no memory for it, and the one to be added be lost. */
  private final List<WriteCall> members = new ArrayList<>(WriteQueue.GROUP_CALLS);

  /** Adds a call that has joined. */
  void add(WriteCall call) {
    members.add(call);
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  int size() {
    return members.size();
  }

  /** Makes {@code batch} what they want written. */
  void fill(WriteBatch batch) throws RocksDBException {
    batch.clear();
    for (WriteCall call : members) {
      byte[] data = call.data();
      if (data == null) {
        batch.delete(call.id().toBytes());
      } else {
        batch.put(call.id().toBytes(), data);
      }
    }
  }

  /** Returns those that want that durability; they stay. */
  List<WriteCall> of(Durability durability) {
    List<WriteCall> found = new ArrayList<>(members.size());
    for (WriteCall call : members) {
      if (call.durability() == durability) {
        found.add(call);
      }
    }
    return found;
  }

  /** Each has its result, or somebody else sees to that. */
  void clear() {
    members.clear();
  }

  /** Fails all. */
  void failAll(SpoolException failure) {
    failIf(call -> true, failure);
  }

  /** Fails the stores; the removals stay. */
  void failStores(SpoolException failure) {
    failIf(call -> call.data() != null, failure);
  }

  private void failIf(Predicate<WriteCall> choice, SpoolException failure) {
    members.removeIf(
        call -> {
          boolean chosen = choice.test(call);
          if (chosen) {
            call.fail(failure);
          }
          return chosen;
        });
  }
}
