package dev.spool.journal;

import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.MountedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file system without one free byte: nothing stops the stores but the disk itself. */
class MountedFullDiskTest {
  private static final int KEPT = 20;

  @TempDir Path directory;

  private MountedDisk disk(String type) throws IOException {
    return type.equals("tmpfs")
        ? MountedDisk.tmpfs(directory, 40)
        : MountedDisk.ext4(directory, 40);
  }

  private static JournalSpool open(MountedDisk disk) {
    return JournalSpool.builder(disk.directory().resolve("spool"))
        .segmentSize(1 << 20)
        .minFreeSpace(SpaceThreshold.amount(0))
        .minFreeInodes(SpaceThreshold.amount(0))
        .errorUnlatchDuration(Duration.ZERO)
        .open();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "tmpfs"})
  void oneRemovalAtATimeEmptiesItAndStoresComeBack(String type) throws IOException {
    try (MountedDisk disk = disk(type)) {
      List<SpoolId> ids = new ArrayList<>();
      List<SpoolId> kept;
      try (JournalSpool spool = open(disk)) {
        fill(spool, ids);
        Path filling = disk.fill(0);
        List<SpoolId> order = new ArrayList<>(ids);
        Collections.shuffle(order, new Random(7)); // no segment is empty before nearly all are
        kept = order.subList(0, KEPT);
        for (SpoolId id : order.subList(KEPT, order.size())) {
          spool.remove(id, Durability.SYNC, null).join();
        }
        awaitStores(spool);
        holds(spool, ids, kept);
        Files.delete(filling);
      }
      try (JournalSpool spool = open(disk)) {
        holds(spool, ids, kept);
        assertThat(spool.health().reason()).isNull();
      }
    }
  }

  /** No segment is empty then, and there is less garbage than is left lying otherwise. */
  @Test
  void roomComesBackOnceAThirdIsRemovedFromAllOverTheDisk() throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(directory, 64);
        JournalSpool spool =
            JournalSpool.builder(disk.directory().resolve("spool"))
                .segmentSize(1 << 20)
                .minFreeSpace(SpaceThreshold.parse("12%"))
                .errorUnlatchDuration(Duration.ZERO)
                .open()) {
      List<SpoolId> ids = new ArrayList<>();
      fill(spool, ids);
      List<SpoolId> order = new ArrayList<>(ids);
      Collections.shuffle(order, new Random(7));
      List<SpoolId> kept = order.subList(ids.size() * 3 / 10, ids.size());
      for (SpoolId id : order.subList(0, ids.size() * 3 / 10)) {
        spool.remove(id, Durability.SYNC, null).join();
      }
      awaitStores(spool);
      holds(spool, ids, kept);
    }
  }

  /** Stores until the disk is full. */
  private static void fill(JournalSpool spool, List<SpoolId> ids) {
    SpoolException refused = null;
    while (refused == null) {
      SpoolId id = SpoolId.random();
      refused = store(spool, id, ids.size());
      if (refused == null) {
        ids.add(id);
      }
    }
    assertThat(refused).isInstanceOf(SpoolFullException.class);
    // A probe needs less room than the message did: so it may be over by now.
    assertThat(spool.stats().value("latches.space").orElse(0)).isPositive();
    assertThat(ids).hasSizeGreaterThan(100);
  }

  private static @Nullable SpoolException store(JournalSpool spool, SpoolId id, int seed) {
    try {
      spool.store(id, message(seed, 20_000)).join();
      return null;
    } catch (CompletionException e) {
      return SpoolException.unwrap(e);
    }
  }

  /** Without a restart. */
  private static void awaitStores(JournalSpool spool) {
    while (spool.unhealthyReason() != null) {
      LockSupport.parkNanos(1_000_000);
    }
    for (int i = 0; i < 10; i++) {
      SpoolId id = SpoolId.random();
      spool.store(id, message(i, 20_000)).join();
      spool.remove(id).join();
    }
  }

  private static void holds(JournalSpool spool, List<SpoolId> ids, List<SpoolId> kept) {
    for (SpoolId id : kept) {
      assertThat(spool.load(id).join()).isEqualTo(message(ids.indexOf(id), 20_000));
    }
    assertThat(spool.stats().value("messages")).hasValue(kept.size());
  }
}
