package dev.spool.torture;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a torture has come to.
 *
 * @param kills how many processes were killed
 * @param moments how many of them when
 * @param acknowledged how many writes they had acknowledged
 * @param checked how many messages, or absences of one, were compared
 * @param present how many messages were there at the end
 * @param slowestOpeningMillis how long the slowest opening took
 * @param refusals how many calls failed, by the names of the exceptions
 * @param violations how many promises were broken
 * @param shown what the first of them were
 * @param held at what rate mail was stored, if that was to be a share of what the disk can do
 */
public record Verdict(
    long kills,
    Map<String, Long> moments,
    long acknowledged,
    long checked,
    long present,
    long slowestOpeningMillis,
    Map<String, Long> refusals,
    long violations,
    List<String> shown,
    @Nullable Held held) {

  /**
   * How many messages of mail were stored each second.
   *
   * @param measured by the first life, which went as fast as it could
   * @param percent the share of that
   * @param rate how many that is: what the lives after it were to store
   * @param held how many these have stored; 0 if there were none
   */
  public record Held(long measured, int percent, int rate, long held) {
    @Override
    public String toString() {
      return measured
          + " messages a second at most; "
          + percent
          + " % are "
          + rate
          + ", "
          + held
          + " held";
    }
  }

  /** Returns how many were killed when, as words. */
  public String whenKilled() {
    return moments.entrySet().stream()
        .map(each -> each.getValue() + " " + each.getKey())
        .collect(Collectors.joining(", "));
  }

  /**
   * Tells whether calls were refused because the spool was full, or ill, though nothing was wrong
   * but the kills.
   */
  public boolean hasShed() {
    return refusals.keySet().stream().anyMatch(Verdict::isShedding);
  }

  static boolean isShedding(String exception) {
    return exception.equals("SpoolFullException") || exception.equals("SpoolUnhealthyException");
  }

  /**
   * Tells whether every promise was kept, and there were some: a spool that takes nothing, or
   * nothing any more, has shown nothing.
   */
  public boolean isGood() {
    return violations == 0 && acknowledged > 0 && kills > 0 && !hasShed();
  }
}
