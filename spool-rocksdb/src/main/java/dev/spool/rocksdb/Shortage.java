package dev.spool.rocksdb;

import dev.spool.SpoolFullException;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A want of room, from the first write that meets it to the end: the ballast is given up for
 * removals and for compaction, and no store may take the room that it needs to be made again. Safe
 * for use by any thread but where it says otherwise.
 */
final class Shortage {
  private static final Logger LOG = LoggerFactory.getLogger(Shortage.class);

  private final EngineContext context;
  private final Ballast ballast;
  private final long ballastSize;
  private final Runnable wakeUpkeep;

  /** Set by whoever met a want of room, reset by the upkeep when it is over. */
  private volatile boolean met;

  // The upkeep's own.
  private boolean settled;
  private boolean warned;

  /**
   * @param wakeUpkeep called when there is something for the upkeep to do
   */
  Shortage(EngineContext context, Ballast ballast, long ballastSize, Runnable wakeUpkeep) {
    this.context = context;
    this.ballast = ballast;
    this.ballastSize = ballastSize;
    this.wakeUpkeep = wakeUpkeep;
  }

  /** Has the upkeep see to it that there is room again. */
  void met() {
    met = true;
  }

  /** Tells whether there was no room, and nobody has found since that there is. */
  boolean isMet() {
    return met;
  }

  /** There is room again. */
  void over() {
    met = false;
  }

  /** Gives the ballast's room to those who write. */
  void giveUpBallast() {
    met = true;
    try {
      if (ballast.release()) {
        LOG.warn("spool {}: no room: the ballast was given up", context.name());
      }
    } catch (IOException e) {
      LOG.warn("spool {}: the ballast could not be given up", context.name(), e);
    }
    wakeUpkeep.run();
  }

  /**
   * To be asked before stores are taken again.
   *
   * @throws SpoolFullException if the ballast was given up, and is not there again: what was given
   *     up for removals is not for stores to take
   */
  void requireBallast() throws IOException {
    if (ballast.isOwed()) {
      throw new SpoolFullException(
          "there is no room yet to make the ballast again: " + ballast.need(), null);
    }
  }

  /**
   * Makes the ballast, unless it is there, or there is too little room. By the upkeep.
   *
   * @param stop asked now and then; true ends the attempt
   */
  void restoreBallast(BooleanSupplier stop) throws IOException {
    if (settled && !ballast.isMissing()) {
      return;
    }
    if (ballast.make(stop) == Ballast.Made.NO_ROOM && !warned) {
      warned = true;
      LOG.warn(
          "spool {}: too little room for a ballast of {} bytes (setting ballast): on a full disk room may have to be made"
              + " by hand",
          context.name(),
          ballastSize);
    }
    settled = true;
  }
}
