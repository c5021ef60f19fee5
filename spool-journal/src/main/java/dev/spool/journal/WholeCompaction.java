package dev.spool.journal;

import dev.spool.CompactionReport;
import dev.spool.MessageCorruptException;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Compacts everything, and reports what that has brought. The work is done between groups; this
 * waits for it.
 */
final class WholeCompaction {
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private final Committer committer;
  private final BackgroundCompaction compaction;

  private record Size(long bytes, int count) {}

  WholeCompaction(Committer committer, BackgroundCompaction compaction) {
    this.committer = committer;
    this.compaction = compaction;
  }

  CompactionReport run() throws IOException {
    long begun = System.nanoTime();
    Size before =
        ask(
            () -> {
              Journal journal = committer.journal();
              Size size = size(journal);
              journal.force();
              journal.finish();
              compaction.wantAll(journal);
              return size;
            });
    while (!ask(this::isDone)) {
      LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
    }
    refuseDamage();
    Size after = ask(() -> size(committer.journal()));
    return new CompactionReport(
        before.bytes,
        after.bytes,
        before.count,
        after.count,
        Duration.ofNanos(System.nanoTime() - begun));
  }

  private boolean isDone() throws IOException {
    Journal journal = committer.journal();
    if (compaction.isDone(journal)) {
      return true;
    }
    journal.requireWhole();
    return false;
  }

  private void refuseDamage() throws IOException {
    for (Compaction broken : ask(compaction::broken)) {
      SpoolId id = broken.damaged();
      if (id != null) {
        throw new MessageCorruptException(
            id, broken.segment().toString(), "its checksum is not that of its bytes");
      }
    }
  }

  private static Size size(Journal journal) {
    return new Size(journal.pool().bytes(), journal.pool().count());
  }

  private <T> T ask(Committer.Task<T> question) throws IOException {
    try {
      return committer.run("cannot compact", question).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof SpoolException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
