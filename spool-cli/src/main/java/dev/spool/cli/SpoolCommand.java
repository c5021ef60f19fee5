package dev.spool.cli;

import dev.spool.Spool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What the commands that work on one spool share: its address and the streams. */
abstract class SpoolCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(
      index = "0",
      paramLabel = "SPOOL",
      description = "The spool: a URI, or the path of one that exists.")
  private SpoolAddress spool;

  final Streams streams() {
    return main.streams();
  }

  final PrintStream out() {
    return main.streams().out();
  }

  final PrintStream err() {
    return main.streams().err();
  }

  final SpoolAddress address() {
    return spool;
  }

  /** Opens the spool to look at it; works beside a server that has it open. */
  final Spool openForReading() {
    return spool.openForReading();
  }

  /** Opens the spool to change it, and makes it if there is none. */
  final Spool openForWriting() {
    return spool.openForWriting();
  }

  /** To be called before what promises to survive a power cut. */
  final void refuseMemory() {
    if (spool.isMemory()) {
      throw new CommandFailure(
          ExitStatus.USAGE,
          "a memory spool ends with this command, and all that it would store with it",
          null);
    }
  }

  /** Returns the directory of the spool, or null. */
  final @Nullable Path spoolDirectory() {
    return spool.directory();
  }

  @Override
  public abstract Integer call() throws IOException, InterruptedException;
}
