package dev.spool;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a spool is, for its operator. Peers are shown {@link Spool#unhealthyReason()} only.
 *
 * @param state whether it takes stores
 * @param reason what is wrong, with paths and figures, or null if nothing is
 * @param cause the failure behind the reason, where there is one
 * @param since when this state was entered
 */
public record SpoolHealth(
    State state, @Nullable String reason, @Nullable Throwable cause, Instant since) {

  /** Whether a spool takes stores. */
  public enum State {
    /** Nothing is known to be wrong. */
    HEALTHY,
    /** Something failed or is damaged; stores are taken still. */
    DEGRADED,
    /** Stores are refused; loads, scans, removals and compaction are still tried. */
    SHEDDING,
    /** Shut down, or being shut down. */
    CLOSED
  }

  /** Checks for nulls. */
  public SpoolHealth {
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(since, "since");
  }
}
