package dev.spool.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A logger that keeps what is logged. */
final class LogLines extends AbstractLogger {
  private static final long serialVersionUID = 1L;

  /** One line. */
  record Line(Level level, String text, Throwable cause) {}

  private final transient Queue<Line> lines = new ConcurrentLinkedQueue<>();
  private final transient Runnable atEachLine;

  LogLines() {
    this(() -> {});
  }

  LogLines(Runnable atEachLine) {
    this.atEachLine = atEachLine;
  }

  /** Returns the lines since the last call. */
  List<Line> take() {
    List<Line> taken = new ArrayList<>();
    for (Line line = lines.poll(); line != null; line = lines.poll()) {
      taken.add(line);
    }
    return taken;
  }

  @Override
  protected String getFullyQualifiedCallerName() {
    return LogLines.class.getName();
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level, Marker marker, String text, Object[] arguments, Throwable cause) {
    lines.add(new Line(level, MessageFormatter.basicArrayFormat(text, arguments), cause));
    atEachLine.run();
  }

  @Override
  public boolean isTraceEnabled() {
    return true;
  }

  @Override
  public boolean isTraceEnabled(Marker marker) {
    return true;
  }

  @Override
  public boolean isDebugEnabled() {
    return true;
  }

  @Override
  public boolean isDebugEnabled(Marker marker) {
    return true;
  }

  @Override
  public boolean isInfoEnabled() {
    return true;
  }

  @Override
  public boolean isInfoEnabled(Marker marker) {
    return true;
  }

  @Override
  public boolean isWarnEnabled() {
    return true;
  }

  @Override
  public boolean isWarnEnabled(Marker marker) {
    return true;
  }

  @Override
  public boolean isErrorEnabled() {
    return true;
  }

  @Override
  public boolean isErrorEnabled(Marker marker) {
    return true;
  }
}
