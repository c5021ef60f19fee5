package dev.spool.cli.demo;

import dev.spool.cli.Main;
import dev.spool.torture.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Runs the command in a JVM of its own, so that a test can kill it. */
public final class ChildCommand {
  private ChildCommand() {}

  /** Starts it; its standard streams are pipes, but for its messages, which go to a file. */
  public static Process start(Path log, String... arguments) throws IOException {
    return ChildJvm.start(Main.class, List.of("-Xmx512m"), List.of(arguments), log);
  }
}
