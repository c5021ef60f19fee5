package dev.spool.journal;

import dev.spool.SpoolId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The messages that were stored last, for those who load them at once, which is the life of most:
 * the arrays that came with the stores, up to some megabytes of them. What was synced never was in
 * the page cache.
 *
 * <p>What counts is said by the index, by a message's sequence: nothing has to be taken out of here
 * when a message is replaced or removed. One thread adds, any number look.
 */
final class RecentMessages {
  /** Of all messages in here together. */
  static final int MOST_BYTES = 8 << 20;

  /** Larger ones are left out: reading them costs little more than copying. */
  private static final int LARGEST = 64 << 10;

  private static final int SLOTS = 1 << 13;

  /** One place for each id: who comes later takes it. */
  private final AtomicReferenceArray<@Nullable Recent> slots = new AtomicReferenceArray<>(SLOTS);

  // The thread's that adds.
  private final Deque<Recent> inOrder = new ArrayDeque<>();
  private long bytes;

  /** A message, and the checksum that it was stored with. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Recent(SpoolId id, long sequence, byte[] message, int crc) {}

  private static int slot(SpoolId id) {
    int hash = id.hashCode();
    return (hash ^ (hash >>> 16)) & (SLOTS - 1);
  }

  /** Adds a message, which nobody modifies any more. */
  void add(SpoolId id, long sequence, byte[] message, int crc) {
    if (message.length > LARGEST) {
      return;
    }
    Recent added = new Recent(id, sequence, message, crc);
    inOrder.add(added);
    bytes += message.length;
    slots.set(slot(id), added);
    while (bytes > MOST_BYTES || inOrder.size() > SLOTS) {
      drop(inOrder.remove());
    }
  }

  private void drop(Recent oldest) {
    bytes -= oldest.message.length;
    slots.compareAndSet(slot(oldest.id), oldest, null);
  }

  /**
   * Returns a copy of a message; null if it is not here, or if its bytes are not those that were
   * stored: somebody has modified the array, and the journal has it as it was.
   *
   * @param sequence says which value of the message counts
   */
  byte @Nullable [] get(SpoolId id, long sequence) {
    Recent found = slots.get(slot(id));
    if (found == null || found.sequence != sequence || !found.id.equals(id)) {
      return null;
    }
    byte[] copy = found.message.clone();
    return RecordHeader.crc(copy) == found.crc ? copy : null;
  }

  /** Forgets all of them; returns how many bytes these were. By the thread that adds. */
  long clear() {
    long had = bytes;
    while (!inOrder.isEmpty()) {
      drop(inOrder.remove());
    }
    return had;
  }
}
