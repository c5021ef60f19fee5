package dev.spool.cli;

import dev.spool.SpoolId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a file in a Maildir: {@code SECONDS.UNIQUE.HOST}, and, once a reader has seen the
 * message, {@code :2,} and flags. What is before the colon stays the same for good.
 *
 * <p>An export derives it from the message's id, so that it writes the same name again.
 */
final class MaildirName {
  private static final String HOST = ".spool";
  private static final Pattern SECONDS = Pattern.compile("(\\d{1,11})\\..*", Pattern.DOTALL);
  private static final Pattern OURS = Pattern.compile("\\d+\\.([0-9a-f]{32})\\.spool");

  private MaildirName() {}

  /** Returns the name that an export gives to a message. */
  static String of(SpoolId id) {
    return Math.max(0, id.createdAt().getEpochSecond()) + "." + id + HOST;
  }

  /** Returns what stays the same when a message is read, marked and moved. */
  static String unique(String name) {
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  /** Returns the id of the message that an export gave this name, or null. */
  static @Nullable SpoolId idOf(String name) {
    Matcher ours = OURS.matcher(unique(name));
    try {
      return ours.matches() ? SpoolId.parse(ours.group(1)) : null;
    } catch (IllegalArgumentException e) {
      return null; // of a version that has no time: somebody else's
    }
  }

  /**
   * Returns when the message was delivered: what the name says, or else the file's time, which also
   * gives the fraction of a second, if both agree.
   */
  static Instant delivered(String name, Instant fileTime) {
    Matcher seconds = SECONDS.matcher(name);
    if (!seconds.matches()) {
      return fileTime;
    }
    Instant told = Instant.ofEpochSecond(Long.parseLong(seconds.group(1)));
    return fileTime.truncatedTo(ChronoUnit.SECONDS).equals(told) ? fileTime : told;
  }
}
