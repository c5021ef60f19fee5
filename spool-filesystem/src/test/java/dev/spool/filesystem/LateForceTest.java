package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file of a message that was stored without sync is forced later: whatever keeps it from that
 * is told, and one that could not be forced is never believed to be.
 */
class LateForceTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path dir;
  private final Failing disk = new Failing();

  /** Fails what is done to files. */
  private static final class Failing extends ForwardingDisk {
    private volatile @Nullable Throwable opening;
    private volatile @Nullable Throwable force;
    private volatile @Nullable Throwable closing;
    private final AtomicInteger forces = new AtomicInteger();

    @Override
    void before(Change change, Path path) throws IOException {
      if (change == Change.FORCE) {
        forces.incrementAndGet();
        fail(force);
      }
    }

    @Override
    public DiskFile openWrite(Path path) throws IOException {
      fail(opening);
      return super.openWrite(path);
    }

    @Override
    void afterClosing(Path path) throws IOException {
      fail(closing);
    }

    private static void fail(@Nullable Throwable why) throws IOException {
      if (why instanceof IOException e) {
        throw e;
      }
      if (why instanceof Error e) {
        throw e;
      }
    }

    void heal() {
      opening = null;
      force = null;
      closing = null;
    }
  }

  /** There is no memory to tell of it the nth time. */
  private static final class Untold extends FileSystemException {
    private static final long serialVersionUID = 1;
    private int left;

    Untold(int nth) {
      super("somewhere", null, "Input/output error");
      left = nth;
    }

    @Override
    public String getReason() {
      if (--left == 0) {
        throw new OutOfMemoryError("test");
      }
      return super.getReason();
    }
  }

  @Test
  void forceThatIsCutShortForWantOfMemoryIsAFailedOne() {
    try (FileSpool spool = open()) {
      storeBuffered(spool);
      disk.force = new OutOfMemoryError("test");
      TestSpools.failure(spool.compact());
      disk.heal();
      assertFailed(spool);
      TestSpools.awaitStores(spool);
    }
  }

  @Test
  void failureIsToldWhereverMemoryIsShort() {
    int nth = 0;
    Untold failure;
    do {
      failure = new Untold(++nth);
      try (FileSpool spool = open()) {
        storeBuffered(spool);
        disk.force = failure;
        TestSpools.failure(spool.compact());
        disk.heal();
        assertThat(spool.stats().value("latches.fatal").orElse(0)).isPositive();
        TestSpools.awaitStores(spool);
      }
    } while (failure.left <= 0);
    assertThat(nth).as("times that it was asked").isGreaterThan(1);
  }

  @Test
  void failureIsFinalThoughTheFileCannotBeClosedEither() {
    try (FileSpool spool = open()) {
      storeBuffered(spool);
      disk.force = new FileSystemException("somewhere", null, "Input/output error");
      disk.closing = new IOException("test");
      TestSpools.failure(spool.compact());
      disk.heal();
      assertFailed(spool);
      assertThat(spool.stats().value("buffered.files").orElse(-1)).isZero();
      TestSpools.awaitStores(spool);
    }
  }

  @Test
  void fileThatCannotBeOpenedForWantOfMemoryIsForcedByTheNext() {
    try (FileSpool spool = open()) {
      storeBuffered(spool);
      disk.opening = new OutOfMemoryError("test");
      TestSpools.failure(spool.compact());
      disk.heal();
      int before = disk.forces.get();
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.compact());
      assertThat(spool.stats().value("file.forces").orElse(0)).as("of this file").isOne();
      assertThat(disk.forces).hasValueGreaterThan(before);
    }
  }

  @Test
  void forceOfAStoreThatIsCutShortForWantOfMemoryIsAFailedOne() {
    try (FileSpool spool = open()) {
      disk.force = new OutOfMemoryError("test");
      TestSpools.failure(spool.store(TestSpools.id(), MESSAGE));
      disk.heal();
      assertThat(spool.stats().value("latches.fatal").orElse(0)).isPositive();
      TestSpools.awaitStores(spool);
    }
  }

  private FileSpool open() {
    return FileSpool.builder(dir).disk(disk).errorUnlatchDuration(Duration.ZERO).open();
  }

  private void storeBuffered(FileSpool spool) {
    TestSpools.get(spool.store(TestSpools.id(), MESSAGE, Durability.BUFFERED, null));
  }

  private static void assertFailed(FileSpool spool) {
    assertThat(spool.stats().value("latches.fatal").orElse(0)).isPositive();
    assertThat(spool.stats().value("buffered.at.risk").orElse(0)).isOne();
  }
}
