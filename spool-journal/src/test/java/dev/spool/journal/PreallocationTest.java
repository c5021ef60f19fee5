package dev.spool.journal;

import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.MountedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments that are there from the start, and stay. */
class PreallocationTest {
  private static final int SEGMENT = 1 << 20;
  private static final int MANY = 20;
  private static final long WHOLE = (long) MANY * SEGMENT;

  @TempDir Path directory;

  private JournalSpool.Builder builder(Path spool) {
    return JournalSpool.builder(spool)
        .segmentSize(SEGMENT)
        .preallocate(WHOLE + 5)
        .minFreeSpace(SpaceThreshold.amount(0));
  }

  private static long value(JournalSpool spool, String figure) {
    return spool.stats().value(figure).orElseThrow();
  }

  @Test
  void backlogThatFitsNeedsNoSegmentThatIsNotThere() {
    try (JournalSpool spool = builder(directory.resolve("s")).open()) {
      assertThat(value(spool, "segments.size")).isEqualTo(WHOLE);
      for (int i = 0; i < 10; i++) {
        while (value(spool, "segments.prepared") == 0) {
          LockSupport.parkNanos(1_000_000); // to prepare one is not to make one
        }
        spool.store(SpoolId.random(), message(i, SEGMENT - 20_000)).join();
      }
      assertThat(value(spool, "segments.size")).isEqualTo(WHOLE);
      assertThat(value(spool, "segments.unprepared")).isZero();
    }
  }

  @Test
  void whatIsThereIsKeptWhenNothingIsNeededAndWhenItIsOpenedAgain() {
    Path spool = directory.resolve("s");
    try (JournalSpool open = builder(spool).open()) {
      List<SpoolId> ids = new ArrayList<>();
      for (int i = 0; i < 2 * MANY; i++) {
        ids.add(SpoolId.random());
        open.store(ids.get(i), message(i, SEGMENT - 20_000)).join();
      }
      ids.forEach(id -> open.remove(id).join());
      open.compact().join();
      while (value(open, "segments.used") > 2) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(value(open, "segments.size")).isBetween(WHOLE, WHOLE + 8L * SEGMENT);
    }
    try (JournalSpool open = builder(spool).open()) {
      assertThat(value(open, "segments.size")).isBetween(WHOLE, WHOLE + 8L * SEGMENT);
    }
  }

  @Test
  void asManyAreMadeAsLeaveTheRoomThatIsToStayFree() throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(directory, 16);
        JournalSpool spool =
            builder(disk.directory().resolve("s"))
                .minFreeSpace(SpaceThreshold.parse("50%"))
                .open()) {
      assertThat(value(spool, "segments.size")).isBetween(4L * SEGMENT, 8L * SEGMENT);
      spool.store(SpoolId.random(), message(1, 1000)).join();
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  /** Nothing could be made or deleted by what was opened, and nobody would open it again. */
  @Test
  void rosterThatFailsMeanwhileFailsTheOpening() {
    FaultyDisk disk = new FaultyDisk(Disk.system());
    Path spool = directory.resolve("s");
    JournalSpool.builder(spool).segmentSize(SEGMENT).open().close();
    disk.failNext(
        FaultyDisk.Operation.WRITE,
        path -> path.endsWith(Roster.FILE),
        new IOException("Input/output error"));
    assertThatThrownBy(() -> builder(spool).disk(disk).open())
        .isInstanceOf(SpoolException.class)
        .hasRootCauseMessage("Input/output error");
    try (JournalSpool open = builder(spool).disk(disk).open()) {
      assertThat(value(open, "segments.size")).isBetween(WHOLE, WHOLE + 8L * SEGMENT);
      open.store(SpoolId.random(), message(1, 1000)).join();
    }
  }

  @Test
  void negativeSizeIsRefused() {
    assertThatThrownBy(() -> JournalSpool.builder(directory).preallocate(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
