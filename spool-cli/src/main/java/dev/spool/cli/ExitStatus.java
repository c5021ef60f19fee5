package dev.spool.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What the command's exit status tells a script. */
public final class ExitStatus {
  /** Everything was done. */
  public static final int OK = 0;

  /** The command went through, and some items failed, are missing or are damaged. */
  public static final int SOME_FAILED = 1;

  /** The command line is wrong: nothing was done. */
  public static final int USAGE = 2;

  /** The spool could not be opened: nothing was done. */
  public static final int CANNOT_OPEN = 3;

  /** The spool or another part of the machine failed, or is full: the command stopped halfway. */
  public static final int STOPPED = 4;

  /** A bug. */
  public static final int INTERNAL = 70;

  /** What the JVM ends with after SIGINT. */
  static final int INTERRUPTED = 130;

  /** What the JVM ends with after SIGTERM. */
  static final int ENDED = 143;

  private ExitStatus() {}

  /** Returns the list that is part of every help page. */
  static Map<String, String> help() {
    Map<String, String> help = new LinkedHashMap<>();
    help.put(text(OK), "everything was done");
    help.put(text(SOME_FAILED), "some items failed, are missing or are damaged");
    help.put(text(USAGE), "the command line is wrong; nothing was done");
    help.put(text(CANNOT_OPEN), "the spool could not be opened; nothing was done");
    help.put(text(STOPPED), "stopped halfway: the spool failed or is full");
    help.put(text(INTERNAL), "a bug");
    help.put(text(INTERRUPTED), "interrupted (Ctrl-C); what was acknowledged stays");
    help.put(text(ENDED), "asked to end (SIGTERM); what was acknowledged stays");
    return help;
  }

  private static String text(int status) {
    return String.format(Locale.ROOT, "%2d", status);
  }
}
