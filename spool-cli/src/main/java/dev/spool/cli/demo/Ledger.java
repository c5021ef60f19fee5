package dev.spool.cli.demo;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What the children were promised over all their lives: which message must be there, which must be
 * gone, and of which a crash has left both open.
 *
 * <p>Not thread-safe: written by the thread that reads a child's lines, then, once that has ended,
 * by the one that checks.
 */
final class Ledger {
  private final DemoMail mail;
  private final Map<SpoolId, Entry> entries = new HashMap<>();

  private enum State {
    /** Must be there. */
    STORED,
    /** Its removal had begun: may be there. */
    REMOVING,
    /** Must be gone. */
    REMOVED
  }

  private record Entry(int number, State state) {}

  /**
   * What a spool was found to hold.
   *
   * @param lost acknowledged, and not there
   * @param altered there, and not what was stored; or damaged
   * @param returned removed, and there again
   * @param twice shown more than once by one scan
   * @param unacknowledged whole, and stored by a call that the crash cut off
   * @param present all that are there
   */
  record Verdict(
      long lost, long altered, long returned, long twice, long unacknowledged, long present) {

    /** Tells whether everything is as it was promised. */
    boolean kept() {
      return lost == 0 && altered == 0 && returned == 0 && twice == 0;
    }

    Verdict plus(Verdict other) {
      return new Verdict(
          lost + other.lost,
          altered + other.altered,
          returned + other.returned,
          twice + other.twice,
          unacknowledged + other.unacknowledged,
          other.present);
    }

    static Verdict none() {
      return new Verdict(0, 0, 0, 0, 0, 0);
    }
  }

  Ledger(DemoMail mail) {
    this.mail = mail;
  }

  /** Takes what a child was promised. */
  void note(AckLine line) {
    switch (line.kind()) {
      case STORED -> entries.put(line.id(), new Entry(line.number(), State.STORED));
      case REMOVING ->
          entries.computeIfPresent(
              line.id(), (id, entry) -> new Entry(entry.number, State.REMOVING));
      case REMOVED ->
          entries.computeIfPresent(
              line.id(), (id, entry) -> new Entry(entry.number, State.REMOVED));
      case OPENING, READY -> {}
    }
  }

  /**
   * Compares every message of the spool with what was promised, byte for byte. What the crash had
   * left open is settled by what is found, and must stay so.
   */
  Verdict check(Spool spool) {
    Set<SpoolId> seen = new HashSet<>();
    long altered = 0;
    long returned = 0;
    long twice = 0;
    long unacknowledged = 0;
    try (EntryChannel channel = EntryChannel.bounded(256, 16L << 20)) {
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Corrupt corrupt) {
          altered++;
          if (corrupt.id() != null) {
            seen.add(corrupt.id());
          }
          continue;
        }
        SpoolEntry.Item item = (SpoolEntry.Item) entry;
        if (!seen.add(item.id())) {
          twice++;
        }
        Entry known = entries.get(item.id());
        int number = known == null ? mail.numberOf(item.data()) : known.number;
        if (number < 0 || !Arrays.equals(item.data(), mail.message(item.id(), number))) {
          altered++;
        } else if (known == null) {
          unacknowledged++;
          entries.put(item.id(), new Entry(number, State.STORED));
        } else if (known.state == State.REMOVED) {
          returned++;
        } else {
          entries.put(item.id(), new Entry(number, State.STORED));
        }
      }
      scan.join();
    }
    long lost = 0;
    for (Map.Entry<SpoolId, Entry> entry : entries.entrySet()) {
      if (seen.contains(entry.getKey())) {
        continue;
      }
      if (entry.getValue().state == State.STORED) {
        lost++;
      }
      entry.setValue(new Entry(entry.getValue().number, State.REMOVED));
    }
    return new Verdict(lost, altered, returned, twice, unacknowledged, seen.size());
  }
}
