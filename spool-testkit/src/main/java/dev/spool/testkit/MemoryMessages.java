package dev.spool.testkit;

import dev.spool.SpoolId;
import dev.spool.torture.Payloads;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The messages of a {@link MemoryChild}, by number, which follow from a seed: so that the process
 * and its judge know the same. Immutable.
 */
final class MemoryMessages {
  /** So many that indexes grow. */
  static final int COUNT = 3000;

  private static final int LONGEST = 400_000;

  private final SpoolId[] ids = new SpoolId[COUNT];
  private final Map<SpoolId, Integer> numbers = new HashMap<>();
  private final Payloads payloads;

  MemoryMessages(long seed) {
    payloads = new Payloads(seed, LONGEST);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < COUNT; i++) {
      byte[] id = new byte[16];
      random.nextBytes(id);
      id[6] = (byte) (0x70 | (id[6] & 0x0F)); // version 7
      id[8] = (byte) (0x80 | (id[8] & 0x3F));
      ids[i] = SpoolId.fromBytes(id);
      numbers.put(ids[i], i);
    }
  }

  Payloads payloads() {
    return payloads;
  }

  int size() {
    return COUNT;
  }

  SpoolId id(int number) {
    return ids[number];
  }

  /** Returns the number of an id; -1 if it has none. */
  int number(SpoolId id) {
    Integer number = numbers.get(id);
    return number == null ? -1 : number;
  }

  byte[] bytes(int number, long generation) {
    return payloads.bytes(ids[number], generation);
  }
}
