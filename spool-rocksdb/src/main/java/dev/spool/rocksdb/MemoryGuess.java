package dev.spool.rocksdb;

/**
 * Whether looking for messages in memory pays, by what it has found lately: a look that finds
 * nothing is paid for by every load. Where hardly any finds something, only a few go on looking.
 *
 * <p>Safe for use by any thread: what is lost between two that write makes a guess a little worse.
 */
final class MemoryGuess {
  /** What a find is worth, in looks that find nothing. */
  private static final int GAIN = 8;

  private static final int LIMIT = 64 * GAIN;
  private static final int SAMPLE = 32;

  private volatile int score = LIMIT;
  private volatile int calls;

  /** To be asked once a load. */
  boolean isWorthATry() {
    if (score > 0) {
      return true;
    }
    int call = calls + 1;
    calls = call;
    return call % SAMPLE == 0;
  }

  /** A message was looked for. */
  void tried(boolean found) {
    int now = score + (found ? GAIN : -1);
    score = Math.max(-LIMIT, Math.min(LIMIT, now));
  }
}
