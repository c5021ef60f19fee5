package dev.spool.torture;

import dev.spool.Durability;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.torture.Line.What;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells the {@link Oracle} what a child says. Of calls that fail, it knows which may: without a
 * fault on the storage, none but those that a shutdown has turned away, and those that came too
 * many at once.
 *
 * <p>For one thread at a time: the one that reads a child's lines, and after its end the one that
 * has waited for that; but {@link #striking} and {@link #hasShed} for any.
 */
final class Judge {
  private final Oracle oracle;

  /** The writes under way, by the child's numbers. */
  private final Map<Long, Pending> writes = new HashMap<>();

  private final Map<Long, Loading> loads = new HashMap<>();
  private final Map<Long, Oracle.Reading> scans = new HashMap<>();

  /** How many calls failed, by why. */
  private final Map<String, Long> refusals = new TreeMap<>();

  /** The compaction under way. */
  private Oracle.@Nullable Forcing compaction;

  /** Set when the power fails while the child works on: what it is told then may be lost. */
  private volatile boolean struck;

  /** Set when a write was refused because the spool takes none. */
  private volatile boolean shed;

  /** How many stores were acknowledged. */
  private long stored;

  private record Pending(Oracle.Write write, Durability durability, boolean isStore) {}

  private record Loading(Oracle.Reading reading, SpoolId id) {}

  Judge(Oracle oracle) {
    this.oracle = oracle;
  }

  Map<String, Long> refusals() {
    return refusals;
  }

  /** Returns how many stores were acknowledged. */
  long stored() {
    return stored;
  }

  /** Tells whether the spool has refused anything because it was full, or ill. */
  boolean hasShed() {
    return shed;
  }

  /** The power fails about now: what the child says from now on, was perhaps never so. */
  void striking() {
    struck = true;
  }

  /** The child is dead. */
  void dead(Fault fault) {
    struck = false;
    oracle.struck(fault);
    writes.clear();
    loads.clear();
    scans.clear();
    compaction = null;
  }

  void hear(Line line) {
    if (struck && line.what() != What.STORE && line.what() != What.REMOVE) {
      return;
    }
    switch (line.what()) {
      case STORE -> {
        Oracle.Write write = oracle.storing(SpoolId.parse(line.word(2)), line.number(3));
        writes.put(line.number(0), new Pending(write, Durability.valueOf(line.word(1)), true));
      }
      case REMOVE -> {
        Oracle.Write write = oracle.removing(SpoolId.parse(line.word(2)));
        writes.put(line.number(0), new Pending(write, Durability.valueOf(line.word(1)), false));
      }
      case DONE -> {
        Pending pending = known(writes.remove(line.number(0)), line);
        pending.write.acknowledged(pending.durability);
        stored += pending.isStore ? 1 : 0;
      }
      case LOAD ->
          loads.put(line.number(0), new Loading(oracle.reading(), SpoolId.parse(line.word(1))));
      case LOADED -> {
        Loading loading = known(loads.remove(line.number(0)), line);
        loading.reading.loaded(loading.id, content(line, 1));
      }
      case SCAN -> scans.put(line.number(0), oracle.reading());
      case ITEM ->
          known(scans.get(line.number(0)), line)
              .scanned(SpoolId.parse(line.word(1)), content(line, 2));
      case SCANNED -> known(scans.remove(line.number(0)), line).scannedAll();
      case CORRUPT -> damaged(line);
      case REFUSED -> refused(line);
      case FAILED -> oracle.violated(line.word(0) + " failed: " + line.word(1));
      case MAINTAINING -> compaction = isCompaction(line) ? oracle.forcing() : null;
      case MAINTAINED -> {
        if (isCompaction(line)) {
          known(compaction, line).succeeded();
        }
      }
      case UNMAINTAINED -> excuse(line.word(0), line.word(1));
      case CLOSED -> oracle.forcing().succeeded();
      case OPENING, OPEN, COMPARED -> {}
    }
  }

  private static boolean isCompaction(Line line) {
    return line.word(0).equals("compact");
  }

  private void damaged(Line line) {
    Oracle.Reading scan = known(scans.get(line.number(0)), line);
    if (line.word(1).equals("?")) {
      oracle.violated("damage, where nothing was damaged: " + line.word(2));
    } else {
      scan.damaged(SpoolId.parse(line.word(1)));
    }
  }

  private void refused(Line line) {
    long call = line.number(0);
    Outcome outcome = Outcome.valueOf(line.word(1));
    Pending pending = writes.remove(call);
    Loading loading = loads.remove(call);
    Oracle.Reading scan = scans.remove(call);
    String name = "a write";
    if (pending != null) {
      pending.write.failed(outcome);
    } else if (loading != null) {
      name = "a load of " + loading.id;
      if (line.word(2).startsWith("MessageCorruptException")) {
        loading.reading.damaged(loading.id);
        loading.reading.abandon();
        return;
      }
      loading.reading.abandon();
    } else {
      name = "a scan";
      known(scan, line).abandon();
    }
    excuse(name, line.word(2));
  }

  private void excuse(String call, String why) {
    int colon = why.indexOf(':');
    String kind = colon < 0 ? why : why.substring(0, colon);
    refusals.merge(kind, 1L, Long::sum);
    shed |= Verdict.isShedding(kind);
    switch (kind) {
      case "SpoolClosedException",
          "ScanCancelledException",
          "BackpressureTimeoutException",
          "SpoolFullException",
          "SpoolUnhealthyException" -> {}
      default -> oracle.violated(call + " failed: " + why);
    }
  }

  private static Content content(Line line, int index) {
    int length = (int) line.number(index);
    return length < 0 ? Content.ABSENT : new Content(length, line.word(index + 1));
  }

  private static <T> T known(@Nullable T value, Line line) {
    if (value == null) {
      throw new IllegalArgumentException("of no call that is under way: " + line);
    }
    return value;
  }
}
