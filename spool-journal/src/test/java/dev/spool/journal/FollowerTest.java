package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Who reads beside the writer, one read of the disk after the other: at each of them the writer may
 * do anything.
 */
class FollowerTest {
  private final Journals journals = new Journals();
  private final FaultyDisk seen = new FaultyDisk(journals.disk);
  private final Follower reader = new Follower(journals.segments(seen), new Rules());

  /** What the writer does at some read. */
  private interface Action {
    void run() throws IOException;
  }

  /** Has the writer act just before the reader's {@code n}th read of such a file. */
  private Predicate<Path> before(int n, Predicate<Path> file, Action action) {
    int[] left = {n};
    Predicate<Path> hook =
        path -> {
          if (file.test(path) && --left[0] == 0) {
            try {
              action.run();
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
          return false;
        };
    seen.failNext(Operation.READ, hook, new IOException("never"));
    return path -> left[0] <= 0;
  }

  /**
   * Whichever read it is. The segment has no summary when it is found, and the next one says how
   * far it was synced: so what is missing there is damage, unless its life has ended.
   */
  @Test
  void segmentThatIsWrittenOverWhileItIsReadIsNotDamaged() throws IOException {
    int n = 0;
    boolean met = true;
    while (met) {
      n++;
      met = new FollowerTest().isWrittenOver(n);
    }
    assertThat(n).isGreaterThan(5);
  }

  private boolean isWrittenOver(int n) throws IOException {
    Journal writer = journals.open().journal();
    int first = 10;
    for (int i = 0; i < first; i++) {
      writer.store(id(i), message(i, 9000));
      writer.force();
    }
    Path recycled = Journals.path(0);
    Predicate<Path> met =
        before(
            n,
            recycled::equals,
            () -> {
              for (int i = 0; i < first; i++) {
                boolean unused = writer.remove(id(i));
              }
              writer.finish();
              assertThat(writer.reclaim()).isPositive();
              for (int i = 0; i < 3 * first; i++) {
                writer.store(id(100 + i), message(100 + i, 9000));
                writer.prepare();
              }
              writer.force();
            });
    reader.catchUp();
    assertThat(reader.damages()).as("read " + n).isEmpty();
    boolean happened = met.test(recycled);
    reader.catchUp();
    assertThat(reader.damages()).as("read " + n).isEmpty();
    assertThat(reader.journal().index().size()).isEqualTo(writer.index().size());
    return happened;
  }

  /**
   * The reader has looked at the first of two segments that are ready when nothing was in it, and
   * at the second when the message was stored in the first, and removed in the second.
   */
  @Test
  void whatWasRemovedInASegmentThatWasReadEarlierDoesNotComeBack() throws IOException {
    for (int n = 1; n < 40; n++) {
      new FollowerTest().removedInASegmentThatWasReadEarlier(n);
    }
  }

  private void removedInASegmentThatWasReadEarlier(int n) throws IOException {
    Journal writer = journals.open().journal();
    writer.store(id(1), message(1, 1000));
    writer.finish();
    for (int i = 0; i < 2 + SegmentPool.RESERVE; i++) {
      writer.pool().addFree(writer.segments().make(SegmentHeader.State.FREE, Journals.SEGMENT));
      writer.prepare();
    }
    Predicate<Path> unused =
        before(
            n,
            path -> !path.endsWith(Roster.FILE),
            () -> {
              writer.store(id(2), message(2, 1000));
              writer.store(id(3), message(3, 1000));
              writer.finish();
              assertThat(writer.remove(id(2))).isTrue();
              writer.force();
            });
    reader.catchUp();
    reader.catchUp();
    reader.catchUp();
    assertThat(reader.damages()).as("read " + n).isEmpty();
    assertThat(load(reader.journal(), id(2))).as("read " + n).isNull();
  }

  /** Whatever the reader does then; a segment that is made next has the same number. */
  @Test
  void segmentThatIsDeletedWhileTheReaderLooksIsNotMissing() throws IOException {
    for (Operation operation :
        List.of(Operation.ASK, Operation.OPEN, Operation.READ, Operation.LIST)) {
      for (boolean another : new boolean[] {false, true}) {
        int n = 0;
        boolean met = true;
        while (met) {
          n++;
          met = new FollowerTest().isDeleted(operation, n, another);
        }
        assertThat(n).isGreaterThan(2);
      }
    }
  }

  private boolean isDeleted(Operation operation, int n, boolean another) throws IOException {
    Journal writer = journals.open().journal();
    writer.store(id(1), message(1, 2 * Journals.SEGMENT));
    writer.store(id(2), message(2, 2 * Format.BLOCK)); // too much for what is left there
    writer.finish();
    int[] left = {n};
    seen.failNext(
        operation,
        path -> {
          if (--left[0] == 0) {
            try {
              assertThat(writer.remove(id(1))).isTrue();
              writer.finish();
              assertThat(writer.reclaim()).isPositive();
              if (another) {
                writer.store(id(3), message(3, 2 * Journals.SEGMENT));
                writer.force();
              }
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
          return false;
        },
        new IOException("never"));
    reader.catchUp();
    assertThat(reader.damages()).as(operation + " " + n).isEmpty();
    boolean met = left[0] <= 0;
    reader.catchUp();
    assertThat(reader.damages()).as(operation + " " + n).isEmpty();
    assertThat(reader.journal().index().size()).isEqualTo(writer.index().size());
    int there = Objects.requireNonNull(writer.index().get(id(2))).segment();
    assertThat(journals.disk.deleteIfExists(Journals.path(there))).isTrue();
    reader.catchUp();
    assertThat(reader.damages())
        .singleElement()
        .satisfies(each -> assertThat(each.location()).endsWith(Format.fileName(there)));
    return met;
  }

  /** Each time that the reader has found out where the message is, it is moved. */
  @Test
  void messageThatIsMovedAsOftenAsItIsLoadedIsNotDamaged() throws IOException, Damage {
    Journal writer = journals.open().journal();
    for (int i = 0; i < SegmentPool.RESERVE; i++) {
      writer.pool().addFree(writer.segments().make(SegmentHeader.State.FREE, Journals.SEGMENT));
    }
    writer.store(id(1), message(1, 1000));
    writer.finish();
    reader.catchUp();
    int[] moves = {0};
    seen.failNext(
        Operation.READ,
        path -> {
          if (moves[0] < 5 && isWhere(id(1), path)) {
            moves[0]++;
            // On a thread of its own: each has one buffer for what it reads.
            CompletableFuture.runAsync(() -> move(writer, id(1))).join();
          }
          return false;
        },
        new IOException("never"));
    assertThat(reader.load(id(1))).isEqualTo(message(1, 1000));
    assertThat(moves[0]).isEqualTo(5);
    assertThat(reader.damages()).isEmpty();
  }

  /** Tells whether the reader has the message in that segment. */
  private boolean isWhere(SpoolId id, Path path) {
    Index.Entry entry = reader.journal().index().get(id);
    Segment segment = entry == null ? null : reader.journal().pool().find(entry.segment());
    return segment != null && segment.file().path().equals(path);
  }

  /** Moves a message, and writes over the place where it was. */
  private static void move(Journal writer, SpoolId id) {
    try {
      writer.finish();
      Index.Entry entry = Objects.requireNonNull(writer.index().get(id));
      Segment from = writer.pool().segment(entry);
      Compaction compaction = Compaction.begin(writer, new Rules(), from);
      compaction.read(Long.MAX_VALUE);
      assertThat(compaction.append()).isTrue();
      writer.force();
      assertThat(writer.reclaim()).isPositive();
      int over = 0;
      for (int i = 0; over < 7; i++) { // as many as a segment has room for
        assertThat(i).isLessThan(1000);
        writer.store(id(2), message(i, 9000));
        writer.force();
        int unused = writer.reclaim();
        over += over > 0 || isUsedAgain(writer, from) ? 1 : 0;
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isUsedAgain(Journal writer, Segment old) {
    Segment now = writer.pool().find(old.slot());
    return now != null && now.generation() != old.generation();
  }

  /** Whatever the writer does, and whenever. */
  @Test
  void readerFindsWhatIsThereWhateverTheWriterDoesMeanwhile() throws IOException {
    Long only = Long.getLong("spool.follower.seed");
    long first = only == null ? System.nanoTime() : only;
    for (long seed = first; seed < first + (only == null ? 300 : 1); seed++) {
      new FollowerTest().follows(seed);
    }
  }

  private void follows(long seed) throws IOException {
    Journal writer = journals.open().journal();
    Writer calls = new Writer(writer, new SplittableRandom(seed));
    calls.run(60);
    SplittableRandom random = calls.random;
    for (int round = 0; round < 4; round++) {
      int[] budget = {6};
      boolean[] over = {false};
      seen.failNext(
          Operation.READ,
          path -> {
            if (!over[0] && budget[0] > 0 && random.nextInt(10) == 0) {
              budget[0]--;
              calls.run(1 + random.nextInt(30));
            }
            return false;
          },
          new IOException("never"));
      reader.catchUp();
      over[0] = true;
      reader.catchUp();
      assertThat(reader.damages()).as("seed " + seed).isEmpty();
      for (int i = 0; i < Writer.IDS; i++) {
        assertThat(load(reader.journal(), id(i)))
            .as("seed " + seed + ", message " + i)
            .isEqualTo(load(writer, id(i)));
      }
      calls.run(20);
    }
  }

  private static byte @Nullable [] load(Journal journal, SpoolId id) throws IOException {
    return Journals.load(journal, id);
  }

  /** Does what a spool's threads do, at random. */
  private static final class Writer {
    static final int IDS = 12;

    final SplittableRandom random;
    private final Journal journal;
    private int version;

    Writer(Journal journal, SplittableRandom random) {
      this.journal = journal;
      this.random = random;
    }

    void run(int calls) {
      try {
        for (int i = 0; i < calls; i++) {
          call();
        }
        journal.write();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void call() throws IOException {
      int kind = random.nextInt(100);
      if (kind < 45) {
        int length = kind < 3 ? Journals.SEGMENT - random.nextInt(200) : random.nextInt(14_000);
        journal.store(id(random.nextInt(IDS)), message(++version, length));
      } else if (kind < 65) {
        boolean unused = journal.remove(id(random.nextInt(IDS)));
      } else if (kind < 72) {
        journal.force();
      } else if (kind < 76) {
        journal.finish();
      } else if (kind < 84) {
        journal.force();
        int unused = journal.reclaim();
      } else if (kind < 90) {
        if (random.nextInt(3) == 0) {
          journal
              .pool()
              .addFree(journal.segments().make(SegmentHeader.State.FREE, Journals.SEGMENT));
        }
        journal.prepare();
      } else {
        compact();
      }
    }

    private void compact() throws IOException {
      List<Segment> candidates = new ArrayList<>();
      Compaction.candidate(journal, 1.0).ifPresent(candidates::add);
      for (Segment each : candidates) {
        Compaction compaction = Compaction.begin(journal, new Rules(), each);
        compaction.read(Long.MAX_VALUE);
        boolean unused = compaction.append();
      }
    }
  }
}
