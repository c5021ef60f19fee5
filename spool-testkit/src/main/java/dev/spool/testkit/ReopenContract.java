package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening a spool again finds what was acknowledged, and nothing else. */
public interface ReopenContract extends BackendContract {

  /** Every message is there, byte for byte, whatever its length, its id and its durability. */
  @Test
  default void everythingIsThere(@TempDir Path dir) {
    Map<SpoolId, byte[]> synced = Messages.mixed(1, 60, 100_000);
    Map<SpoolId, byte[]> buffered = Messages.mixed(2, 100, 20_000);
    synced.put(SpoolId.random(), new byte[0]);
    synced.put(SpoolId.random(), Messages.everyByte());
    synced.put(SpoolId.random(), Messages.of(3, 5 << 20));
    buffered.put(Messages.version1(Instant.parse("2019-06-01T00:00:00Z"), 7), Messages.of(4, 1234));
    Map<SpoolId, byte[]> all = new LinkedHashMap<>(synced);
    all.putAll(buffered);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, synced, Durability.SYNC);
      Check.storeAll(spool, buffered, Durability.BUFFERED);
    }
    reopenedHolds(dir, all);
    reopenedHolds(dir, all);
  }

  /** What was removed stays removed. */
  @Test
  default void removedStaysRemoved(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(5, 100, 5000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      int nth = 0;
      for (SpoolId id : List.copyOf(messages.keySet())) {
        if (nth++ % 2 == 0) {
          Check.get(spool.remove(id, nth % 4 == 1 ? Durability.SYNC : Durability.BUFFERED, null));
          messages.remove(id);
        }
      }
    }
    reopenedHolds(dir, messages);
  }

  /** What was replaced stays replaced, and what was stored again after a removal is there. */
  @Test
  default void lastWriteIsThere(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(6, 40, 5000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages, Durability.SYNC);
      int nth = 0;
      for (SpoolId id : List.copyOf(messages.keySet())) {
        if (nth++ % 2 == 0) {
          Check.get(spool.remove(id));
        }
        messages.put(id, Messages.of(nth, 100 + nth));
        Check.get(spool.store(id, Messages.of(nth, 100 + nth), Durability.BUFFERED, null));
      }
    }
    reopenedHolds(dir, messages);
  }

  /** A spool that is changed over many openings is the sum of the changes. */
  @Test
  default void manyOpenings(@TempDir Path dir) {
    Map<SpoolId, byte[]> expected = new LinkedHashMap<>();
    for (int opening = 0; opening < 6; opening++) {
      try (Spool spool = open(dir)) {
        if (!has(Trait.PERSISTENT)) {
          expected.clear();
        }
        Check.holdsExactly(spool, expected);
        Map<SpoolId, byte[]> added = Messages.mixed(opening, 20, 2000);
        Check.storeAll(spool, added);
        for (SpoolId id : List.copyOf(expected.keySet()).subList(0, expected.size() / 2)) {
          Check.get(spool.remove(id));
          expected.remove(id);
        }
        expected.putAll(added);
      }
    }
    reopenedHolds(dir, expected);
  }

  /** A process that is killed loses no store that it had acknowledged, at either durability. */
  @Test
  default void killedProcessLosesNothing(@TempDir Path dir) throws IOException {
    for (Durability durability : Durability.values()) {
      Path spoolDir = dir.resolve(durability.name());
      List<String> acknowledged = new ArrayList<>();
      try (ChildProcess child =
          ChildProcess.start("store", fixture().uri(spoolDir), durability.name())) {
        while (acknowledged.size() < 100) {
          acknowledged.add(child.await("STORED"));
        }
        acknowledged.addAll(child.kill());
      }
      try (Spool spool = open(spoolDir)) {
        Map<SpoolId, byte[]> seen = Check.enumerate(spool).items();
        if (!has(Trait.PERSISTENT)) {
          assertThat(seen).isEmpty();
          continue;
        }
        for (String line : acknowledged) {
          String[] words = line.split(" ", -1);
          if (words.length == 3 && words[1].length() == 32) {
            byte[] found = seen.get(SpoolId.parse(words[1]));
            assertThat(found).as("acknowledged: " + line).isNotNull();
          }
        }
        seen.forEach((id, data) -> Check.same(data, Messages.numbered(Messages.number(data), 500)));
      }
    }
  }

  private void reopenedHolds(Path dir, Map<SpoolId, byte[]> messages) {
    try (Spool spool = open(dir)) {
      Check.holdsExactly(spool, has(Trait.PERSISTENT) ? messages : Map.of());
    }
  }
}
