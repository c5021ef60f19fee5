package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The spool removes no directory. Somebody else may, with {@code find -type d -empty -delete}: that
 * is no race that a store can lose, even where it is all that anybody does.
 */
class PruningTest {
  private static final int ROUNDS = 200;
  private static final int TOGETHER = 8;
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir private Path dir;

  @Test
  void storesAndScansBesideSomebodyWhoRemovesEmptyDirectoriesAtFullSpeed() {
    AtomicBoolean end = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (FileSpool spool = FileSpool.open(dir)) {
      SpoolId always = SpoolId.at(slotTime(0));
      TestSpools.get(spool.store(always, MESSAGE));
      Future<Long> pruner = threads.submit(() -> prune(end));
      Future<Integer> scanner = threads.submit(() -> scan(spool, always, end));
      try {
        for (int round = 0; round < ROUNDS; round++) {
          storeLoadAndRemove(spool, round);
          assertThat(pruner).isNotDone();
          assertThat(scanner).isNotDone();
        }
      } finally {
        end.set(true);
      }
      assertThat(pruner.get()).as("directories that were removed").isGreaterThan(ROUNDS / 4);
      assertThat(scanner.get()).as("scans").isGreaterThan(ROUNDS / 10);
      assertThat(spool.unhealthyReason()).isNull();
      assertThat(TestSpools.enumerate(spool)).hasSize(ROUNDS / 100 + 1);
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      threads.shutdownNow();
    }
    try (FileSpool again = FileSpool.open(dir)) {
      assertThat(TestSpools.enumerate(again)).hasSize(ROUNDS / 100 + 1);
    }
  }

  /**
   * One scan after the other: none fails, finds damage, or shows anything twice, and none misses
   * what is always there.
   */
  private static int scan(FileSpool spool, SpoolId always, AtomicBoolean end) {
    int scans = 0;
    while (!end.get()) {
      List<SpoolEntry> entries =
          scans % 2 == 0 ? TestSpools.enumerate(spool) : TestSpools.list(spool);
      List<SpoolId> ids = new ArrayList<>();
      for (SpoolEntry entry : entries) {
        if (entry instanceof SpoolEntry.Item item) {
          assertThat(item.data()).hasSizeLessThan(TOGETHER);
          ids.add(item.id());
        } else {
          assertThat(entry).isInstanceOf(SpoolEntry.Listed.class);
          ids.add(((SpoolEntry.Listed) entry).id());
        }
      }
      assertThat(ids).contains(always).doesNotHaveDuplicates();
      scans++;
    }
    return scans;
  }

  private static Instant slotTime(int slot) {
    return Instant.ofEpochMilli(1_700_000_000_000L + 256L * slot);
  }

  /** One message stays of a hundred rounds; so almost every directory is empty now and then. */
  private static void storeLoadAndRemove(FileSpool spool, int round) {
    List<SpoolId> ids = new ArrayList<>();
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    for (int i = 0; i < TOGETHER; i++) {
      SpoolId id = SpoolId.at(slotTime(i + 1));
      ids.add(id);
      stores.add(spool.store(id, new byte[i], durability(round + i), null));
    }
    stores.forEach(TestSpools::get);
    for (int i = 0; i < TOGETHER; i++) {
      assertThat(TestSpools.get(spool.load(ids.get(i)))).hasSize(i);
      if (i > 0 || round % 100 != 0) {
        TestSpools.get(spool.remove(ids.get(i), durability(round / 2 + i), null));
      }
    }
  }

  private static Durability durability(int number) {
    return number % 2 == 0 ? Durability.SYNC : Durability.BUFFERED;
  }

  private long prune(AtomicBoolean end) {
    long removed = 0;
    while (!end.get()) {
      try (DirectoryStream<Path> slots = Files.newDirectoryStream(dir.resolve("data"))) {
        for (Path slot : slots) {
          removed += removeIfEmpty(slot) ? 1 : 0;
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    return removed;
  }

  private static boolean removeIfEmpty(Path slot) throws IOException {
    try {
      Files.delete(slot);
      return true;
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      return false;
    }
  }
}
