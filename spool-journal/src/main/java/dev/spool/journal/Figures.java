package dev.spool.journal;

import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import java.util.ArrayList;
import java.util.List;

/** What a journal tells of itself; {@code docs/metrics.md} says what to make of it. */
final class Figures {
  private Figures() {}

  static Figure messages(long messages) {
    return gauge("messages", "messages", messages, "Messages in the index.");
  }

  static List<Figure> of(
      long messages, Committer committer, Housekeeping housekeeping, long reopened) {
    List<Figure> all = new ArrayList<>();
    all.add(messages(messages));
    all.add(counter("commit.groups", "", committer.groups(), "Groups of writes."));
    all.add(counter("commit.calls", "", committer.calls(), "Stores and removals in these groups."));
    all.add(counter("commit.syncs", "", committer.syncs(), "Syncs of groups."));
    all.add(
        counter(
            "commit.sync.time", "milliseconds", committer.syncMillis(), "Time that these took."));
    SegmentFigures segments = housekeeping.figures();
    if (segments != null) {
      add(all, segments);
    }
    all.add(counter("segments.ended", "", housekeeping.ended(), "Segments that were emptied."));
    all.add(
        counter(
            "compactions",
            "",
            housekeeping.compaction().compactions(),
            "Segments that were compacted."));
    all.add(counter("reopened", "", reopened, "Openings after a failed write."));
    all.add(
        counter(
            "buffered.at.risk",
            "messages",
            committer.atRisk(),
            "Writes without sync that had been acknowledged when the journal failed."));
    return all;
  }

  private static void add(List<Figure> all, SegmentFigures segments) {
    all.add(gauge("segments.used", "", segments.used(), "Segments that hold records."));
    all.add(gauge("segments.free", "", segments.free(), "Segments that are free."));
    all.add(
        gauge("segments.prepared", "", segments.prepared(), "Free segments, ready to be used."));
    all.add(
        gauge(
            "segments.damaged",
            "",
            segments.damaged(),
            "Segments that are kept because records of them are damaged."));
    all.add(gauge("segments.size", "bytes", segments.bytes(), "Lengths of all segments."));
    all.add(
        gauge(
            "segments.used.size",
            "bytes",
            segments.usedBytes(),
            "Lengths of those that are used."));
    all.add(
        gauge(
            "segments.needed.size",
            "bytes",
            segments.needed(),
            "Messages, and removals that still count, in them."));
    all.add(
        counter(
            "segments.unprepared",
            "",
            segments.unprepared(),
            "Segments that had to be prepared while a write waited."));
    all.add(
        counter(
            "compaction.copied",
            "bytes",
            segments.copied(),
            "Bytes of messages that were copied out of segments."));
  }

  private static Figure gauge(String name, String unit, long value, String description) {
    return new Figure(name, Kind.GAUGE, unit, value, description);
  }

  private static Figure counter(String name, String unit, long value, String description) {
    return new Figure(name, Kind.COUNTER, unit, value, description);
  }
}
