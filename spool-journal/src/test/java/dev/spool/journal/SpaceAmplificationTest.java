package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Segments take at most half as much again as what is in them, while a few messages stay long among
 * many that do not, as fast as they are taken: nothing in here waits for compaction.
 */
@Tag("same-on-any-jdk")
class SpaceAmplificationTest {
  private static final double BOUND = 1.5;

  /**
   * Of so many samples one may be above: the files are looked at one after the other, while
   * segments end and begin.
   */
  private static final int OUTLIER = 20;

  private static final int SEGMENT = 512 << 10;
  private static final int IN_FLIGHT = 64;

  /** One in so many stays long. */
  private static final int SELDOM = 20;

  private static final int LONG_LIVED = 5000;
  private static final int LONG_LENGTH = 8 << 10;
  private static final int SHORT_LIVED = 1000;
  private static final int SHORT_LENGTH = 2 << 10;

  /** What is stored while all that stays long is replaced, on average. */
  private static final int LIFE = SELDOM * LONG_LIVED;

  private static final int SAMPLE = 2000;

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(5);
  private final Semaphore room = new Semaphore(IN_FLIGHT);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<SpoolId> longLived = new ArrayList<>();
  private final Deque<SpoolId> shortLived = new ArrayDeque<>();
  private int oldest;
  private long stored;

  @ParameterizedTest
  @CsvSource({"BUFFERED, false", "BUFFERED, true", "SYNC, false", "SYNC, true"})
  void segmentsTakeAtMostHalfAsMuchAgainAsWhatIsInThem(Durability durability, boolean atRandom)
      throws Exception {
    try (JournalSpool spool =
        JournalSpool.builder(directory)
            .segmentSize(SEGMENT)
            .minFreeSpace(SpaceThreshold.amount(0))
            .open()) {
      List<Double> samples = new ArrayList<>();
      for (int i = 0; i < 2 * LIFE; i++) {
        store(spool, durability, i % SELDOM == 0, atRandom);
        if (i >= LIFE && i % SAMPLE == 0) {
          samples.add((double) used() / live());
          assertThat(failure.get()).isNull();
        }
      }
      room.acquire(IN_FLIGHT);
      Collections.sort(samples);
      assertThat(samples.get(samples.size() - 1 - samples.size() / OUTLIER))
          .as("of %s", samples)
          .isLessThan(BOUND);
      assertThat(value(spool, "segments.used.size"))
          .isLessThan((long) (BOUND * value(spool, "segments.needed.size")));
      assertThat(value(spool, "segments.needed.size")).isBetween(live(), (long) (1.1 * live()));
      assertThat(value(spool, "compaction.copied")).as("of %s", stored).isLessThan(stored);
    }
  }

  private static long value(JournalSpool spool, String figure) {
    return spool.stats().value(figure).orElseThrow();
  }

  private void store(JournalSpool spool, Durability durability, boolean stays, boolean atRandom)
      throws InterruptedException {
    SpoolId id = SpoolId.random();
    byte[] message = new byte[stays ? LONG_LENGTH : SHORT_LENGTH];
    random.nextBytes(message);
    stored += message.length;
    run(spool.store(id, message, durability, null));
    SpoolId gone = null;
    if (!stays) {
      shortLived.add(id);
      gone = shortLived.size() > SHORT_LIVED ? shortLived.remove() : null;
    } else if (longLived.size() < LONG_LIVED) {
      longLived.add(id);
    } else {
      oldest = atRandom ? random.nextInt(LONG_LIVED) : (oldest + 1) % LONG_LIVED;
      gone = longLived.set(oldest, id);
    }
    if (gone != null) {
      run(spool.remove(gone));
    }
  }

  private void run(CompletableFuture<Void> call) throws InterruptedException {
    room.acquire();
    CompletableFuture<Void> unused =
        call.whenComplete(
            (done, thrown) -> {
              room.release();
              if (thrown != null) {
                failure.compareAndSet(null, thrown);
              }
            });
  }

  /** Returns the bytes of messages that are there, or about to be. */
  private long live() {
    return (long) longLived.size() * LONG_LENGTH + (long) shortLived.size() * SHORT_LENGTH;
  }

  /** Returns the lengths of the files that hold records. */
  private long used() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory.resolve(JournalEngine.DIRECTORY))) {
      files = all.filter(each -> each.toString().endsWith(".seg")).toList();
    }
    long bytes = 0;
    for (Path each : files) {
      bytes += usedOf(each);
    }
    return bytes;
  }

  private static long usedOf(Path path) throws IOException {
    try (DiskFile file = Disk.system().openRead(path)) {
      SegmentHeader header = SegmentHeader.decode(read(file, 0, Format.BLOCK));
      if (header == null || header.state() == SegmentHeader.State.FREE) {
        return 0;
      }
      RecordHeader first =
          RecordHeader.decode(
              read(file, Format.RECORDS_AT, RecordHeader.BYTES),
              0,
              header.salt(),
              Format.RECORDS_AT);
      return first == null ? 0 : header.length();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private static ByteBuffer read(DiskFile file, long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    file.readFully(bytes, at);
    return bytes.flip();
  }
}
