package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.testkit.DamagedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** The records of a segment before it was damaged, and what damage to them nobody can notice. */
final class SegmentRecords {
  private final byte[] bytes;
  private final boolean sealed;
  private final List<SegmentScan.Found> records;

  private SegmentRecords(byte[] bytes, boolean sealed, List<SegmentScan.Found> records) {
    this.bytes = bytes;
    this.sealed = sealed;
    this.records = records;
  }

  static SegmentRecords of(Path path) throws IOException {
    try (DiskFile file = Disk.system().openRead(path)) {
      Segment segment = new Segment(file, Objects.requireNonNull(SegmentHeader.read(file)));
      Rules rules = new Rules();
      boolean sealed = Summary.read(segment, rules, (header, position, names) -> {});
      return new SegmentRecords(
          Files.readAllBytes(path), sealed, SegmentScan.scan(segment, rules).found());
    }
  }

  /** Tells whether this is the segment that was being written: no other is younger, nor sealed. */
  private boolean isWritten(Path path) throws IOException {
    if (sealed || records.isEmpty()) {
      return false;
    }
    try (Stream<Path> all = Files.list(path.resolveSibling("."))) {
      for (Path other : all.toList()) {
        List<SegmentScan.Found> others = of(other).records;
        if (!others.isEmpty() && order(others) > order(records)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The sequence of the first record of a life. */
  private static long order(List<SegmentScan.Found> records) {
    return records.get(0).header().sequence();
  }

  /**
   * Tells whether damage to the segment that was being written can only be a torn tail, as far as
   * anyone can know: no record that can still be found says that what was hit first had been
   * synced.
   */
  static boolean canBeTorn(Path path, byte[] damaged) throws IOException {
    SegmentRecords before = of(path);
    if (!before.isWritten(path) || damaged.length != before.bytes.length) {
      return false;
    }
    long mark = before.mark(damaged);
    for (SegmentScan.Found record : before.records) {
      int at = (int) record.position();
      if (!before.same(damaged, at, (int) record.header().end(at))) {
        return mark <= at;
      }
    }
    return false;
  }

  /**
   * Returns how far those that can be found say that it was synced: one behind another, or at the
   * beginning of a block.
   */
  private long mark(byte[] damaged) {
    boolean found = true;
    long mark = 0;
    for (SegmentScan.Found record : records) {
      int at = (int) record.position();
      found = (found || at % Format.BLOCK == 0) && same(damaged, at, at + RecordHeader.BYTES);
      mark = Math.max(mark, found ? record.header().mark() : 0);
    }
    return mark;
  }

  private boolean same(byte[] damaged, int from, int to) {
    return Arrays.equals(bytes, from, to, damaged, from, to);
  }

  /** Returns which messages damage may cost: all of them, if it may be anywhere. */
  Set<SpoolId> lost(DamagedFile damage) {
    long at = damage.position();
    return switch (damage.kind()) {
      case FLIP -> lost(at, at + 1);
      case ZEROS -> lost(at, at + 64);
      case APPEND, DUPLICATE -> Set.of();
      case CUT, DELETE, SWAP, COPY, MUTATE -> lost(0, bytes.length);
    };
  }

  /** A record that was hit, and those behind it up to one that is at the beginning of a block. */
  private Set<SpoolId> lost(long from, long to) {
    Set<SpoolId> lost = new HashSet<>();
    boolean reached = true;
    for (SegmentScan.Found record : records) {
      long at = record.position();
      boolean hit = at < to && record.header().end(at) > from;
      reached = !hit && (reached || at % Format.BLOCK == 0);
      if (!reached && record.header().type() == RecordType.STORE) {
        lost.add(record.header().id());
      }
    }
    return lost;
  }
}
