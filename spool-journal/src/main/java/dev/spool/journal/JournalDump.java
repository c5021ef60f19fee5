package dev.spool.journal;

import dev.spool.Experimental;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.journal.SegmentHeader.State;
import dev.spool.journal.SegmentScan.Found;
import dev.spool.journal.SegmentScan.Hole;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.IoFailures;
import dev.spool.support.SpoolDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows people the segments and records of a journal, as they lie on the disk, and what in them is
 * none: {@code docs/format-journal.md} explains what is printed. Of messages it shows ids and
 * lengths. Reads files and nothing else, so that it works beside the server, and on what that would
 * not open.
 */
@Experimental
public final class JournalDump {
  private final Disk disk;
  private final SpoolDirectory spool;
  private final PrintStream out;
  private final boolean records;
  private final Rules rules = new Rules();

  /** Up to where a segment was synced, as the one after it says; by generation. */
  private final Map<Integer, Long> marks = new HashMap<>();

  private boolean whole = true;

  /** What was met in one segment. */
  private long messages;

  private long tombstones;

  private JournalDump(Disk disk, SpoolDirectory spool, PrintStream out, boolean records) {
    this.disk = disk;
    this.spool = spool;
    this.out = out;
    this.records = records;
  }

  /**
   * Prints what is in the spool in {@code directory}. Payloads are read, and compared with their
   * checksums, only where there is no summary.
   *
   * @param directory of the spool
   * @param out where to
   * @param records whether to print a line for each record, too
   * @return whether no damage was met
   * @throws dev.spool.UnsupportedFormatException if the directory is no spool of this kind
   * @throws SpoolException if something cannot be read
   */
  public static boolean print(Path directory, PrintStream out, boolean records) {
    Disk disk = Disk.system();
    try (SpoolDirectory spool =
        SpoolDirectory.open(disk, directory, JournalSpool.SCHEME, Format.VERSION, Set.of(), true)) {
      JournalDump dump = new JournalDump(disk, spool, out, records);
      dump.print();
      return dump.whole;
    } catch (IOException e) {
      throw IoFailures.typed("cannot read the journal of " + directory, Outcome.NOT_APPLIED, e);
    }
  }

  private Path segments() {
    return spool.path().resolve(JournalEngine.DIRECTORY);
  }

  private void print() throws IOException {
    line("spool %s, format version %d", spool.marker().storeId(), spool.marker().version());
    callTheRoll();
    if (!disk.exists(segments())) {
      return; // its making was cut short
    }
    Set<Integer> numbers = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    disk.list(
        segments(),
        entry -> {
          String name = String.valueOf(entry.getFileName());
          OptionalInt number = Format.number(name);
          if (number.isPresent()) {
            numbers.add(number.getAsInt());
          } else {
            others.add(name);
          }
          return true;
        });
    for (int number : numbers) {
      with(number, this::noteBegin);
    }
    for (int number : numbers) {
      with(number, this::print);
    }
    for (String name : others) {
      line("%n%s: %s", printable(name), Format.isUnfinished(name) ? "being made" : "no segment");
    }
  }

  /** Shows which segments are missing. */
  private void callTheRoll() throws IOException {
    for (Damage damage : RollCall.of(disk, segments(), spool.marker().storeId()).damages()) {
      damage("%n%s: DAMAGED: %s", Path.of(damage.location()).getFileName(), damage.error());
    }
  }

  private interface Look {
    void at(int number, DiskFile file, @Nullable SegmentHeader header) throws IOException;
  }

  /** A segment that is deleted meanwhile is left out. */
  private void with(int number, Look look) throws IOException {
    Path path = segments().resolve(Format.fileName(number));
    try (DiskFile file = open(path)) {
      SegmentHeader header = SegmentHeader.read(file);
      look.at(number, file, header);
    } catch (NoSuchFileException e) {
      line("%n%s: deleted meanwhile", Format.fileName(number));
    }
  }

  private DiskFile open(Path path) throws IOException {
    Format.requireFile(disk, path);
    return disk.openRead(path);
  }

  private static boolean holdsRecords(DiskFile file, @Nullable SegmentHeader header)
      throws IOException {
    return header != null && header.state() == State.ACTIVE && header.length() <= file.size();
  }

  private void noteBegin(int number, DiskFile file, @Nullable SegmentHeader header)
      throws IOException {
    if (header == null || !holdsRecords(file, header)) {
      return;
    }
    ByteBuffer first = ByteBuffer.allocate(RecordHeader.BYTES);
    file.readFully(first, Format.RECORDS_AT);
    RecordHeader begin = RecordHeader.decode(first, 0, header.salt(), Format.RECORDS_AT);
    if (begin != null && begin.type() == RecordType.BEGIN) {
      marks.merge((int) begin.high(), begin.low(), Math::max);
    }
  }

  private void print(int number, DiskFile file, @Nullable SegmentHeader header) throws IOException {
    String name = Format.fileName(number);
    if (header == null) {
      damage("%n%s: %d bytes, DAMAGED: neither copy of its header is whole", name, file.size());
      return;
    }
    line(
        "%n%s: %d bytes, %s, generation %d, salt %016x",
        name, file.size(), header.state(), header.generation(), header.salt());
    if (!header.equals(SegmentHeader.read(file, 0))
        || !header.equals(SegmentHeader.read(file, Format.HEADER_COPY_AT))) {
      line("  the two copies of its header differ: the later one counts");
    }
    if (header.number() != number || !header.store().equals(spool.marker().storeId())) {
      damage("  DAMAGED: it is segment %d of spool %s", header.number(), header.store());
    } else if (header.length() > file.size()) {
      damage("  DAMAGED: it is cut off, and had %d bytes", header.length());
    } else if (header.state() == State.ACTIVE) {
      if (header.length() < file.size()) {
        damage("  DAMAGED: %s", Replay.longer(header));
      }
      printRecords(new Segment(file, header));
    }
  }

  private void printRecords(Segment segment) throws IOException {
    messages = 0;
    tombstones = 0;
    boolean sealed =
        Summary.read(
            segment, rules, (header, position, names) -> record(header, position, names, ""));
    if (sealed) {
      line("  sealed: %s", counted());
      return;
    }
    SegmentScan.Result result = SegmentScan.scan(segment, rules);
    long mark = Math.max(result.mark(), marks.getOrDefault(segment.generation(), 0L));
    int nextHole = 0;
    for (Found found : result.found()) {
      while (nextHole < result.holes().size()
          && result.holes().get(nextHole).from() < found.position()) {
        hole(result.holes().get(nextHole++), mark, false);
      }
      String judgement = found.whole() ? "" : bad(found, mark);
      record(found.header(), found.position(), found.names(), judgement);
    }
    while (nextHole < result.holes().size()) {
      hole(result.holes().get(nextHole++), mark, true);
    }
    line("  not sealed: %s; known to be synced up to %d", counted(), mark);
  }

  private String bad(Found found, long mark) {
    if (found.position() >= mark) {
      return "  torn";
    }
    whole = false;
    return "  DAMAGED";
  }

  private void hole(Hole hole, long mark, boolean last) {
    if (hole.from() < mark) {
      damage(
          "  %11d  DAMAGED: no record up to %d, and there were some up to %d",
          hole.from(), hole.to(), mark);
    } else if (records || !last) {
      line("  %11d  %s, up to %d", hole.from(), last ? "the end" : "torn", hole.to());
    }
  }

  private void record(RecordHeader header, long position, int[] names, String judgement) {
    messages += header.type() == RecordType.STORE ? 1 : 0;
    tombstones += header.type() == RecordType.REMOVE ? 1 : 0;
    if (!records) {
      return;
    }
    String what =
        switch (header.type()) {
          case BEGIN ->
              String.format(
                  Locale.ROOT,
                  "order %d, after generation %d, which was synced up to %d",
                  header.sequence(),
                  header.high(),
                  header.low());
          case STORE ->
              String.format(
                  Locale.ROOT,
                  "%s  %d bytes  sequence %d",
                  header.id(),
                  header.length(),
                  header.sequence());
          case REMOVE ->
              String.format(
                  Locale.ROOT,
                  "%s  from generations %s  sequence %d",
                  header.id(),
                  Arrays.stream(names).mapToObj(Integer::toString).collect(Collectors.joining(" ")),
                  header.sequence());
        };
    line(
        "  %11d  %-6s  %s  synced mark %d%s",
        position, header.type(), what, header.mark(), judgement);
  }

  private String counted() {
    return String.format(Locale.ROOT, "%d messages, %d tombstones", messages, tombstones);
  }

  private void damage(String format, Object... values) {
    whole = false;
    line(format, values);
  }

  /** Names of foreign files write no control codes to the terminal. */
  private static String printable(String name) {
    return name.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }
}
