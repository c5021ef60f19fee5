package dev.spool.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/**
 * A logger that writes one line to standard error for what is worth a user's notice, and stack
 * traces only if asked to.
 */
final class CommandLog extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1L;

  /** The least that is shown. Set by the command line before a spool is opened. */
  private static volatile Level threshold = Level.WARN;

  private static volatile boolean traces;

  CommandLog(String name) {
    this.name = name;
  }

  /** Shows everything from {@code level} on, with or without stack traces. */
  static void show(Level level, boolean withTraces) {
    threshold = level;
    traces = withTraces;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String message,
      Object @Nullable [] arguments,
      @Nullable Throwable failure) {
    StringBuilder line = new StringBuilder();
    line.append(level.toString().toLowerCase(Locale.ROOT)).append(": ");
    line.append(MessageFormatter.basicArrayFormat(message, arguments));
    if (failure != null && !traces) {
      line.append(" (").append(failure).append(')');
    }
    synchronized (CommandLog.class) {
      System.err.println(line);
      if (failure != null && traces) {
        failure.printStackTrace(System.err);
      }
    }
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  private static boolean shown(Level level) {
    return level.toInt() >= threshold.toInt();
  }

  @Override
  public boolean isTraceEnabled() {
    return shown(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return shown(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return shown(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return shown(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return shown(Level.ERROR);
  }
}
