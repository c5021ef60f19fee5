package dev.spool.support;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** A line for the log, decided on while a lock was held and written after it was released. */
record Notice(Level level, String text, @Nullable Throwable cause) {

  /**
   * Never throws: whoever reports a failure of the storage shall not fail for the log, whose disk
   * may be the same.
   */
  void writeTo(Logger log) {
    try {
      LoggingEventBuilder line = log.atLevel(level);
      if (cause != null) {
        line = line.setCause(cause);
      }
      line.log(text);
    } catch (RuntimeException e) {
      // There is nowhere left to tell: health() still has it.
    }
  }
}
