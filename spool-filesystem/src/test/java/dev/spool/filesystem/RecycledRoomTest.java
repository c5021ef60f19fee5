package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.DiskSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are kept to be written over must not be what a spool sheds for. */
class RecycledRoomTest {
  @TempDir Path dir;

  /** An empty spool has nothing that could be removed to make room. */
  @Test
  void spoolThatShedsForWantOfRoomGivesBackWhatItKeeps() {
    AtomicBoolean full = new AtomicBoolean();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          public DiskSpace space(Path path) throws IOException {
            boolean low = full.get() && keepsFiles();
            return new DiskSpace(1L << 40, low ? 0 : 1L << 39, 0, 0);
          }
        };
    FileSpool.Builder settings =
        FileSpool.builder(dir).disk(disk).recycling(true).errorUnlatchDuration(Duration.ZERO);
    try (FileSpool spool = settings.open()) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, new byte[1]));
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
      full.set(true);
      awaitTakesStores(spool, false);
      awaitTakesStores(spool, true);
      TestSpools.get(spool.store(id, new byte[2]));
    }
  }

  private boolean keepsFiles() throws IOException {
    try (Stream<Path> kept = Files.list(dir.resolve("tmp"))) {
      return kept.findAny().isPresent();
    }
  }

  private static void awaitTakesStores(FileSpool spool, boolean takes) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while ((spool.unhealthyReason() == null) != takes) {
      assertThat(System.nanoTime()).as("%s", spool.health()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
