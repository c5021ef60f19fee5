package dev.spool.cli;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Removes messages: many removals are under way at once, so that they share the disk's syncs. */
@Command(
    name = "rm",
    header = "Removes messages.",
    description = {
      "Removes messages for good: what was removed stays so, after a power cut too. Removing what"
          + " is not there is no error. The server that uses the spool must be stopped.",
      "With '-' in place of ids they are read from standard input, the first word of each line, as"
          + " 'spool ls' prints them; what is no id is named, the others are removed, and the exit"
          + " status is 1."
    },
    footer = {
      "",
      "Examples:",
      "  spool rm /var/spool/app 01a1fce22d447000a352a261e380fc5d",
      "  spool rm /var/spool/app - < ids"
    })
final class RmCommand extends SpoolCommand {
  private static final String STANDARD_INPUT = "-";

  /** More than any spelling of an id has: a line without end takes no memory. */
  private static final int LONGEST = 64;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "ID",
      description = "Ids of messages; or '-', standard input.")
  private List<String> ids;

  private final InFlight inFlight = new InFlight();
  private final AtomicLong removed = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  @Override
  public Integer call() throws IOException {
    boolean piped = ids.equals(List.of(STANDARD_INPUT));
    List<SpoolId> parsed = piped ? List.of() : parsed();
    try (Spool spool = openForWriting()) {
      try {
        parsed.forEach(id -> remove(spool, id));
        if (piped) {
          removeLines(spool, new BufferedInputStream(streams().in()));
        }
      } finally {
        inFlight.awaitNone();
      }
    }
    if (piped) {
      out().println(Text.messages(removed.get()) + " removed, or not there");
    }
    return failed.get() == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  /** All of them, before anything is removed. */
  private List<SpoolId> parsed() {
    List<SpoolId> parsed = new ArrayList<>();
    for (String id : ids) {
      try {
        parsed.add(SpoolId.parse(id));
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitStatus.USAGE, String.valueOf(e.getMessage()), e);
      }
    }
    return parsed;
  }

  private void removeLines(Spool spool, InputStream in) throws IOException {
    long number = 0;
    for (String line = readLine(in); line != null; line = readLine(in)) {
      number++;
      String word = line.strip().split("\\s", 2)[0];
      if (word.isEmpty()) {
        continue;
      }
      try {
        remove(spool, SpoolId.parse(word));
      } catch (IllegalArgumentException e) {
        failed.incrementAndGet();
        err()
            .println(
                "spool: line " + number + ": " + Text.printable(String.valueOf(e.getMessage())));
      }
    }
  }

  /** Returns the beginning of the next line, or null at the end. */
  private static @Nullable String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (line.length() < LONGEST) {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  private void remove(Spool spool, SpoolId id) {
    inFlight.enter(0);
    CompletableFuture<Void> unused =
        spool
            .remove(id, Durability.SYNC, null)
            .whenComplete(
                (done, failure) -> {
                  try {
                    if (failure == null) {
                      removed.incrementAndGet();
                    } else {
                      failed.incrementAndGet();
                      err()
                          .println(
                              "spool: not removed: "
                                  + id
                                  + ": "
                                  + SpoolException.unwrap(failure).detail());
                    }
                  } finally {
                    inFlight.leave(0);
                  }
                });
  }
}
