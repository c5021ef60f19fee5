package dev.spool.torture;

import java.util.List;
import java.util.Map;

/**
 * What a torture has come to.
 *
 * @param kills how many processes were killed
 * @param acknowledged how many writes they had acknowledged
 * @param checked how many messages, or absences of one, were compared
 * @param present how many messages were there at the end
 * @param slowestOpeningMillis how long the slowest opening took
 * @param refusals how many calls failed, by the names of the exceptions
 * @param violations how many promises were broken
 * @param shown what the first of them were
 */
public record Verdict(
    long kills,
    long acknowledged,
    long checked,
    long present,
    long slowestOpeningMillis,
    Map<String, Long> refusals,
    long violations,
    List<String> shown) {

  /**
   * Tells whether every promise was kept, and there were some: a spool that takes nothing has shown
   * nothing.
   */
  public boolean isGood() {
    return violations == 0 && acknowledged > 0 && kills > 0;
  }
}
