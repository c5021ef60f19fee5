package dev.spool.rocksdb;

import dev.spool.support.EngineContext;
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

  private final EngineContext context;
  private final DbSlot slot;
  private final BackgroundErrors background;
  private final Shortage shortage;
  private final Reopening reopening;
  private final EngineFigures figures;

  private long roomTriedAt = System.nanoTime() - ROOM_REOPEN.toNanos();

  UpkeepRound(
      EngineContext context,
      DbSlot slot,
      BackgroundErrors background,
      Shortage shortage,
      Reopening reopening,
      EngineFigures figures) {
    this.context = context;
    this.slot = slot;
    this.background = background;
    this.shortage = shortage;
    this.reopening = reopening;
    this.figures = figures;
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
    shortage.restoreBallast(stop);
    figures.lookAtFiles();
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
