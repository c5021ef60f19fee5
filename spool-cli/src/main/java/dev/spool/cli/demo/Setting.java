package dev.spool.cli.demo;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the stages of the demo share.
 *
 * @param out where they tell what happens
 * @param mail the mail
 * @param mailDirectory where the children find it
 * @param directory for their spools, empty at the start
 * @param seed from which what is random follows
 */
record Setting(PrintStream out, DemoMail mail, Path mailDirectory, Path directory, long seed) {

  /** Returns the URI of a disk spool of the demo. */
  String uri(String scheme, String name) {
    return scheme + ":" + path(name) + "?minFreeSpace=64MiB&minFreeInodes=0";
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  void say(String format, @Nullable Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }
}
