package dev.spool.micrometer;

import dev.spool.Spool;
import java.time.Duration;
import java.util.Locale;

/** The calls of a {@link Spool} that are measured. */
enum MeteredCall {
  /** {@link Spool#store}. */
  STORE(Range.MESSAGE, "Stores from the call to the acknowledgement."),
  /** {@link Spool#remove}. */
  REMOVE(Range.MESSAGE, "Removals from the call to the acknowledgement."),
  /** {@link Spool#load}. */
  LOAD(Range.MESSAGE, "Loads from the call to the message."),
  /** {@link Spool#enumerate}. */
  ENUMERATE(Range.WORK, "Scans with payloads, to the end, at their consumers' pace."),
  /** {@link Spool#list}. */
  LIST(Range.WORK, "Scans without payloads, to the end, at their consumers' pace."),
  /** {@link Spool#cleanup}, as far as it is called: not the spool's own. */
  CLEANUP(Range.WORK, "Cleanups that were asked for."),
  /** {@link Spool#compact}. */
  COMPACT(Range.WORK, "Compactions that were asked for."),
  /** {@link Spool#adviseLowMemory}. */
  ADVISE_LOW_MEMORY(Range.WORK, "Flushes for low memory."),
  /** {@link Spool#quarantine}. */
  QUARANTINE(Range.WORK, "Moves to quarantine."),
  /** {@link Spool#shutdown} and {@link Spool#close}; its timer would be removed with its end. */
  SHUTDOWN(Range.WORK, "Shutdowns.");

  /** Between which durations a call's histogram tells them apart. */
  enum Range {
    /** About one message. */
    MESSAGE(Duration.ofNanos(100_000), Duration.ofSeconds(60)),
    /** About the whole spool, or an operator's. */
    WORK(Duration.ofMillis(1), Duration.ofHours(1));

    final Duration shortest;
    final Duration longest;

    Range(Duration shortest, Duration longest) {
      this.shortest = shortest;
      this.longest = longest;
    }
  }

  final Range range;
  final String description;

  MeteredCall(Range range, String description) {
    this.range = range;
    this.description = description;
  }

  /** Tells whether it changes a message, so that its outcome can be unknown. */
  boolean isWrite() {
    return this == STORE || this == REMOVE;
  }

  /** Returns the timer's name. */
  String timer() {
    return "spool." + name().toLowerCase(Locale.ROOT).replace('_', '.');
  }

  /** Returns the value of the tag {@code call}. */
  String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
