package dev.spool.journal;

import dev.spool.journal.SegmentHeader.State;
import dev.spool.support.DiskSpace;
import dev.spool.support.SpaceGuard;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments that are made when the spool is opened: a backlog that fits into these is written
 * once, one that does not twice, since a segment is written from end to end before it is used.
 *
 * <p>Never takes the room below which stores are refused, and never fails an opening for want of
 * room for another one.
 */
final class Preallocation {
  private static final Logger LOG = LoggerFactory.getLogger(Preallocation.class);

  private final long bytes;
  private final SpaceGuard guard;

  /**
   * @param bytes the length of all segments together that there should be
   * @param guard judges how much room there has to be left
   */
  Preallocation(long bytes, SpaceGuard guard) {
    this.bytes = bytes;
    this.guard = guard;
  }

  /** Returns how many bytes of segments are to be kept. */
  long bytes() {
    return bytes;
  }

  /**
   * Makes what is missing.
   *
   * @throws IOException if it has left the journal broken
   */
  void run(Journal journal, String spool) throws IOException {
    Segments segments = journal.segments();
    long begun = System.nanoTime();
    int made = 0;
    @Nullable String why = null;
    while (why == null && journal.pool().bytes() + segments.length() <= bytes) {
      try {
        why = lack(segments);
        if (why == null) {
          journal.pool().addFree(segments.make(State.FREE, segments.length()));
          made++;
        }
      } catch (IOException e) {
        if (journal.isBroken()) {
          throw e;
        }
        why = e.toString();
      }
    }
    if (made > 0) {
      LOG.info(
          "spool {}: {} segments made ahead in {} ms",
          spool,
          made,
          (System.nanoTime() - begun) / 1_000_000);
    }
    if (why != null) {
      LOG.warn(
          "spool {}: {} of preallocate={} bytes: {}", spool, journal.pool().bytes(), bytes, why);
    }
  }

  /** Says why there is no room for another segment; null if there is. */
  private @Nullable String lack(Segments segments) throws IOException {
    DiskSpace now = segments.disk().space(segments.directory());
    DiskSpace then =
        new DiskSpace(
            now.totalBytes(),
            now.usableBytes() - segments.length(),
            now.totalInodes(),
            now.freeInodes());
    SpaceGuard.Finding finding = guard.judge(then);
    return finding.level() == SpaceGuard.Level.OK ? null : "one more would leave " + finding.text();
  }
}
