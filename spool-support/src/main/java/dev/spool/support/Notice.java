package dev.spool.support;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** A line for the log, decided on while a lock was held and written after it was released. */
record Notice(Level level, String text, @Nullable Throwable cause) {

  void writeTo(Logger log) {
    log.atLevel(level).setCause(cause).log(text);
  }
}
