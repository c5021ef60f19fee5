package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whichever operation fails, with whichever error, during whichever write: what the caller is told
 * is true, now and after opening again.
 */
class OutcomeTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6, 7};

  @TempDir Path dir;
  private int spools;

  /** A write, of an id that holds {@link #OLD} or nothing. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Write(boolean present, byte @Nullable [] data, Durability durability) {
    CompletableFuture<Void> to(FileSpool spool, SpoolId id) {
      return data == null
          ? spool.remove(id, durability, null)
          : spool.store(id, data, durability, null);
    }

    byte @Nullable [] before() {
      return present ? OLD : null;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LOCK", "LIST", "READ", "SYNC"}) // which no write does that is alone
  void outcomeThatIsToldIsTrue(Operation operation) throws IOException {
    int struck = 0;
    for (String error : new String[] {"Input/output error", "No space left on device"}) {
      for (boolean present : new boolean[] {true, false}) {
        for (Durability durability : Durability.values()) {
          struck += check(operation, error, new Write(present, NEW, durability), false);
          struck += check(operation, error, new Write(present, null, durability), false);
        }
      }
    }
    for (boolean present : new boolean[] {true, false}) {
      struck +=
          check(operation, "Input/output error", new Write(present, NEW, Durability.SYNC), true);
      struck +=
          check(operation, "Input/output error", new Write(present, null, Durability.SYNC), true);
    }
    assertThat(struck).as("times that %s has failed", operation).isPositive();
  }

  /** Returns 1 if the write did that operation, which failed, and else 0. */
  private int check(Operation operation, String error, Write write, boolean recycling)
      throws IOException {
    String what = operation + " failing with " + error + " during " + write;
    Path spoolDir = dir.resolve("spool" + spools++);
    AtomicBoolean struck = new AtomicBoolean();
    SpoolId id = TestSpools.idInAnotherSlot(); // to be made, if it is not present
    SpoolId other = TestSpools.id();
    FaultyDisk disk = new FaultyDisk(Disk.system());
    SpoolException failure = null;
    byte[] seen;
    FileSpool spool = FileSpool.builder(spoolDir).disk(disk).recycling(recycling).open();
    try {
      TestSpools.get(spool.store(other, OLD));
      for (int i = 0;
          recycling && i < 6;
          i++) { // so that there is a file to be written over, and cut off
        SpoolId passing = TestSpools.id();
        TestSpools.get(spool.store(passing, new byte[100]));
        TestSpools.get(spool.remove(passing, Durability.SYNC, null));
      }
      if (write.present) {
        TestSpools.get(spool.store(id, OLD));
      }
      disk.failNext(
          operation,
          path -> {
            boolean ours =
                path.startsWith(spoolDir.resolve("tmp")) || path.startsWith(data(spoolDir));
            struck.compareAndSet(false, ours);
            return ours;
          },
          new FileSystemException(spoolDir.toString(), null, error));
      try {
        TestSpools.get(write.to(spool, id));
      } catch (SpoolException e) {
        failure = e;
      }
      disk.heal();
      seen = load(spool, id);
      assertTrue(what, write, failure, seen);
      assertThat(load(spool, other)).as(what).isEqualTo(OLD);
    } finally {
      close(spool, what, operation == Operation.FORCE_DIRECTORY && struck.get());
    }
    try (FileSpool again = FileSpool.open(spoolDir)) {
      assertThat(load(again, id)).as("reopened after %s", what).isEqualTo(seen);
      assertThat(load(again, other)).as(what).isEqualTo(OLD);
      assertThat(TestSpools.enumerate(again)).as(what).hasSize(seen == null ? 1 : 2);
    }
    try (Stream<Path> left = Files.list(spoolDir.resolve("tmp"))) {
      assertThat(left).as(what).isEmpty();
    }
    return struck.get() ? 1 : 0;
  }

  /** Where the force of a directory has failed, closing may fail: none behind it is believed. */
  private static void close(FileSpool spool, String what, boolean mayFail) {
    try {
      TestSpools.get(spool.shutdown());
    } catch (SpoolException e) {
      assertThat(mayFail).as("closing failed after %s: %s", what, e).isTrue();
      assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
    }
  }

  private static Path data(Path spool) {
    return spool.resolve("data");
  }

  private static void assertTrue(
      String what, Write write, @Nullable SpoolException failure, byte @Nullable [] seen) {
    if (failure == null) {
      assertThat(seen).as(what).isEqualTo(write.data);
    } else if (failure.outcome() == Outcome.NOT_APPLIED) {
      assertThat(seen).as("%s, told %s", what, failure).isEqualTo(write.before());
    } else {
      assertThat(seen).as("%s, told %s", what, failure).isIn(write.before(), write.data);
    }
  }

  private static byte @Nullable [] load(FileSpool spool, SpoolId id) {
    try {
      return TestSpools.get(spool.load(id));
    } catch (MessageNotFoundException e) {
      return null;
    }
  }
}
