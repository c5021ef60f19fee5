package dev.spool.rocksdb;

/**
 * Whether looking for messages in memory pays, by what it has found lately: a look that finds
 * nothing costs as much as one that does saves. Where most find nothing, only a few go on looking.
 *
 * <p>Safe for use by any thread: what is lost between two that write makes a guess a little worse.
 */
final class MemoryGuess {
  private static final int LIMIT = 64;
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
    int now = score + (found ? 1 : -1);
    score = Math.max(-LIMIT, Math.min(LIMIT, now));
  }
}
