package dev.spool.torture;

import dev.spool.torture.Verdict.Held;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * At what rate each life stores mail. A share is of what this disk can do: so the first life goes
 * as fast as it can, and is counted, and those after it go at that share. For one thread.
 */
final class Pace {
  /** No disk can do that. */
  static final int FASTEST = Integer.MAX_VALUE;

  private final MailRate asked;
  private int rate;

  /** What the first life has come to; none before its end, nor if no share was asked for. */
  private long measured;

  private long stored;
  private long nanos;

  Pace(MailRate asked) {
    this.asked = asked;
    this.rate = asked.isShare() ? FASTEST : asked.number();
  }

  /** Returns how many messages the next life is to store each second. */
  int rate() {
    return rate;
  }

  /** Tells whether the next life is the one that is counted. */
  boolean measures() {
    return rate == FASTEST;
  }

  /** A life has stored so many messages in that time, all acknowledged. */
  void lived(long messages, long time) {
    if (measures()) {
      measured = perSecond(messages, time);
      rate = asked.of(measured);
    } else {
      stored += messages;
      nanos += time;
    }
  }

  /** Returns what was measured, and held; null if no share was asked for. */
  @Nullable Held held() {
    return asked.isShare() && !measures()
        ? new Held(measured, asked.number(), rate, perSecond(stored, nanos))
        : null;
  }

  private static long perSecond(long messages, long time) {
    return time == 0 ? 0 : messages * TimeUnit.SECONDS.toNanos(1) / time;
  }
}
