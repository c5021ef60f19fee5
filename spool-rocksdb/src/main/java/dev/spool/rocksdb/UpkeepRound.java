package dev.spool.rocksdb;

import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link Upkeep} does each second: looks for background errors, sees to it that a want of
 * room comes to an end, and looks at the files for the figures. Belongs to the upkeep.
 */
final class UpkeepRound {
  /** Each attempt to open reads the log twice over, so they are not made at every round. */
  private static final Duration ROOM_REOPEN = Duration.ofSeconds(3);

  /** So many times as long as a call waits for another handle, there is none at most. */
  private static final int PATIENT = 3;

  private final EngineContext context;
  private final DbSlot slot;
  private final BackgroundErrors background;
  private final Shortage shortage;
  private final Reopening reopening;
  private final EngineFigures figures;

  /** How long a call waits for another handle. */
  private final Duration patience;

  /** Whether nothing can be written though the spool is healthy, by the last round. */
  private boolean unreported;

  private long unreportedSince;

  private long roomTriedAt = System.nanoTime() - ROOM_REOPEN.toNanos();

  UpkeepRound(
      EngineContext context,
      DbSlot slot,
      BackgroundErrors background,
      Shortage shortage,
      Reopening reopening,
      EngineFigures figures,
      Duration patience) {
    this.context = context;
    this.slot = slot;
    this.background = background;
    this.shortage = shortage;
    this.reopening = reopening;
    this.figures = figures;
    this.patience = patience;
  }

  /**
   * Does it.
   *
   * @param stop asked now and then; true ends long work
   */
  void run(BooleanSupplier stop) throws IOException {
    background.look();
    if (shortage.isMet()) {
      endShortage();
    }
    reportIfNobodyHas();
    figures.lookAtFiles();
    shortage.restoreBallast(stop); // last: it may fail each time
  }

  /**
   * Whoever has barred a handle, or taken one out, reports what failed, and sees to it that there
   * is another one; but for that there may have been no memory. Nothing would be written any more
   * then, and the spool be healthy.
   */
  private void reportIfNobodyHas() {
    long now = System.nanoTime();
    DbHandle handle = slot.current();
    Throwable why = handle == null ? null : handle.barred();
    if ((handle != null && why == null) || isSeenTo()) {
      unreported = false;
    } else if (!unreported) {
      unreported = true;
      unreportedSince = now;
    } else if (now - unreportedSince > PATIENT * patience.toNanos()) {
      Throwable cause = why == null ? new SpoolIOException("the database is not open", null) : why;
      String what = "nothing has been written for long, and nobody has reported why: " + cause;
      context.failed(FailureClass.FATAL, what, cause);
    }
  }

  private boolean isSeenTo() {
    SpoolException refusal = context.health().refusal();
    return refusal instanceof SpoolFullException ? shortage.isMet() : refusal != null;
  }

  private void endShortage() {
    DbHandle now = slot.current();
    if (now == null || now.barred() != null) {
      reopenForRoom(now);
    } else if (context.health().unhealthyReason() == null) {
      shortage.over();
    }
  }

  private void reopenForRoom(@Nullable DbHandle now) {
    if (System.nanoTime() - roomTriedAt > ROOM_REOPEN.toNanos()) {
      reopening.reopenOrReport(now);
      roomTriedAt = System.nanoTime();
    }
  }
}
