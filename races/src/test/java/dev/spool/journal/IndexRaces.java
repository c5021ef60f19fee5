package dev.spool.journal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * The journal's index: one thread writes, and others read without a lock. Each test has one index,
 * on which both go on, since making one takes far longer than any call; and each makes many calls
 * at a time, so that both are at it at once on a machine that has other things to do.
 */
public class IndexRaces {
  private static final int COUNT = 128;

  /** Of one shard. */
  private static final List<SpoolId> IDS = ofOneShard();

  private IndexRaces() {}

  private static List<SpoolId> ofOneShard() {
    Index index = new Index();
    for (int i = 0; i < 2 * COUNT * index.shards(); i++) {
      index.put(SpoolId.random(), entry(1));
    }
    ScanBatch batch = new ScanBatch();
    index.addTo(batch, 0);
    List<SpoolId> ids = new ArrayList<>();
    for (int at = 0; at < batch.end(); at += Index.WORDS) {
      if (batch.words()[at] != 0) {
        ids.add(Index.id(batch.words(), at));
      }
    }
    Collections.shuffle(ids, new Random(1)); // else neighbours here would be neighbours there
    return List.copyOf(ids.subList(0, COUNT));
  }

  /** All of it tells the number. */
  static Entry entry(int number) {
    return new Entry(((long) number << 32) | number, number, 8L * number, number);
  }

  static void put(Index index, int from, int to) {
    for (int i = from; i < to; i++) {
      index.put(IDS.get(i), entry(i));
    }
  }

  static Index filled(int count) {
    Index index = new Index();
    put(index, 0, count);
    return index;
  }

  /** Returns how many of those are not found whole. */
  static int missing(Index index, int count) {
    int missing = 0;
    for (int i = 0; i < count; i++) {
      missing += entry(i).equals(index.get(IDS.get(i))) ? 0 : 1;
    }
    return missing;
  }

  /** A message that is replaced is found where it was or where it is, as a whole. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE)
  @State
  public static class Replaced {
    private static final Index INDEX = filled(1);

    @Actor
    public void committer() {
      for (int i = 0; i < COUNT; i++) {
        INDEX.put(IDS.get(0), entry(i & 1));
      }
    }

    @Actor
    public void reader(I_Result r) {
      for (int i = 0; i < COUNT; i++) {
        Entry entry = INDEX.get(IDS.get(0));
        r.r1 += entry(0).equals(entry) || entry(1).equals(entry) ? 0 : 1;
      }
    }
  }

  /** A message that is new is there as a whole, or not yet; so it is while the table grows. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE)
  @State
  public static class Added {
    private static volatile Index index = new Index();

    @Actor
    public void committer() {
      index = new Index();
      put(index, 0, COUNT);
    }

    @Actor
    public void reader(I_Result r) {
      for (int i = 0; i < 16 * COUNT; i++) {
        Entry entry = index.get(IDS.get(i % COUNT));
        r.r1 += entry == null || entry(i % COUNT).equals(entry) ? 0 : 1;
      }
    }
  }

  /** While the table grows, all that was in it is found. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE)
  @State
  public static class Grown {
    private static final int FIRST = 10;
    private static volatile Index index = filled(FIRST);

    @Actor
    public void committer() {
      index = filled(FIRST);
      put(index, FIRST, COUNT);
    }

    @Actor
    public void reader(I_Result r) {
      for (int i = 0; i < 2 * COUNT; i++) {
        r.r1 += missing(index, FIRST);
      }
    }
  }

  /** Returns how many of those are found, and not whole. */
  static int torn(Index index, int from, int to) {
    int torn = 0;
    for (int i = from; i < to; i++) {
      Entry entry = index.get(IDS.get(i));
      torn += entry == null || entry(i).equals(entry) ? 0 : 1;
    }
    return torn;
  }

  /**
   * Beside messages that are removed, whose gaps others are moved into, and while the table shrinks
   * and grows, all others are found, by a scan too; and these are there as a whole, or gone.
   */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE)
  @State
  public static class Removed {
    private static final int KEPT = COUNT / 4;
    private static final Index INDEX = filled(COUNT);
    private static final ScanBatch SCANNED = scanned();

    private static ScanBatch scanned() {
      ScanBatch batch = new ScanBatch();
      filled(KEPT).addTo(batch, 0);
      return batch;
    }

    @Actor
    public void committer() {
      for (int i = KEPT; i < COUNT; i++) {
        INDEX.remove(IDS.get(i));
      }
      put(INDEX, KEPT, COUNT);
    }

    @Actor
    public void reader(I_Result r) {
      r.r1 += missing(INDEX, KEPT) + torn(INDEX, KEPT, COUNT);
      for (int at = 0; at < SCANNED.end(); at += Index.WORDS) {
        boolean isThere = SCANNED.words()[at] != 0;
        r.r1 += isThere && !INDEX.holds(SCANNED.words(), at) ? 1 : 0;
      }
    }
  }

  /** While segments that are gone are forgotten, all that is in others is found. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE)
  @State
  public static class Forgotten {
    private static final int KEPT = COUNT / 2;
    private static final Index INDEX = filled(COUNT);

    @Actor
    public void committer() {
      INDEX.forget(segment -> segment >= KEPT);
      put(INDEX, KEPT, COUNT);
    }

    @Actor
    public void reader(I_Result r) {
      for (int i = 0; i < 4; i++) {
        r.r1 += missing(INDEX, KEPT) + torn(INDEX, KEPT, COUNT);
      }
    }
  }

  /** Of two records of each message one is put, as a whole, and that one is told so. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE)
  @State
  public static class PutIfAbsent {
    private final Index index = new Index();
    private final boolean[] one = new boolean[COUNT];
    private final boolean[] other = new boolean[COUNT];

    private void put(boolean[] told, int first) {
      for (int i = 0; i < COUNT; i++) {
        UUID id = IDS.get(i).toUuid();
        Entry entry = entry(first + i);
        told[i] =
            index.putIfAbsent(
                id.getMostSignificantBits(),
                id.getLeastSignificantBits(),
                entry.sequence(),
                entry.segment(),
                entry.position(),
                entry.length());
      }
    }

    @Actor
    public void one() {
      put(one, 1);
    }

    @Actor
    public void other() {
      put(other, 1 + COUNT);
    }

    @Arbiter
    public void afterwards(I_Result r) {
      for (int i = 0; i < COUNT; i++) {
        Entry expected = entry(one[i] ? 1 + i : 1 + COUNT + i);
        r.r1 += one[i] != other[i] && expected.equals(index.get(IDS.get(i))) ? 0 : 1;
      }
    }
  }
}
