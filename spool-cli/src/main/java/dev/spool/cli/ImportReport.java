package dev.spool.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import org.jspecify.annotations.Nullable;

/** What became of each source of an import. Safe for use by any thread. */
final class ImportReport {
  private final Streams streams;
  private final Progress progress;
  private final boolean json;

  @GuardedBy("this")
  private long stored;

  @GuardedBy("this")
  private long bytes;

  @GuardedBy("this")
  private long thereAlready;

  @GuardedBy("this")
  private long skipped;

  @GuardedBy("this")
  private long notStored;

  @GuardedBy("this")
  private @Nullable SpoolException cause;

  ImportReport(Streams streams, Progress progress, boolean json) {
    this.streams = streams;
    this.progress = progress;
    this.json = json;
  }

  /** Takes a message that is durable. */
  synchronized void stored(SpoolId id, long length, String source) {
    stored++;
    bytes += length;
    progress.add(length);
    if (json) {
      new Json()
          .put("source", source)
          .put("result", "stored")
          .put("id", id.toString())
          .put("bytes", length)
          .print(streams.out());
    }
  }

  /** Takes a message that the spool has already, under the id that it brings along. */
  synchronized void thereAlready(SpoolId id, long length, String source) {
    thereAlready++;
    progress.add(length);
    if (json) {
      new Json()
          .put("source", source)
          .put("result", "there already")
          .put("id", id.toString())
          .put("bytes", length)
          .print(streams.out());
    }
  }

  /** Takes what the user should know of a source, and is no failure. */
  synchronized void note(String source, String what) {
    if (json) {
      new Json().put("source", source).put("result", "note").put("note", what).print(streams.out());
    }
    tell("note: " + source + ": " + what);
  }

  /** Takes a source that is at fault itself. */
  synchronized void skipped(String source, String why) {
    skipped++;
    if (json) {
      new Json()
          .put("source", source)
          .put("result", "skipped")
          .put("error", why)
          .print(streams.out());
    }
    tell("skipped: " + (why.contains(source) ? why : source + ": " + why));
  }

  /**
   * Takes a source that the spool did not take.
   *
   * @param failure the store's, or null if it was not tried since an earlier one had failed
   */
  synchronized void notStored(String source, @Nullable SpoolException failure) {
    notStored++;
    if (cause == null) {
      cause = failure;
    }
    boolean unknown = failure != null && failure.outcome() == SpoolException.Outcome.UNKNOWN;
    if (json) {
      new Json()
          .put("source", source)
          .put("result", unknown ? "unknown" : "not stored")
          .put("error", failure == null ? null : failure.detail())
          .print(streams.out());
    }
    tell((unknown ? "may not be stored: " : "not stored: ") + source);
  }

  /** Names of files are anybody's to choose. */
  private void tell(String line) {
    streams.err().println(Text.printable(line));
  }

  /** Prints the sum, and returns the exit status. */
  synchronized int finish() {
    StringBuilder sum = new StringBuilder();
    sum.append(Text.messages(stored)).append(" stored (").append(Text.bytes(bytes)).append(')');
    if (thereAlready > 0) {
      sum.append(", ").append(Text.count(thereAlready)).append(" there already");
    }
    if (skipped > 0) {
      sum.append(", ").append(Text.count(skipped)).append(" skipped");
    }
    if (notStored > 0) {
      sum.append(", ").append(Text.count(notStored)).append(" not stored");
    }
    progress.close();
    (json ? streams.err() : streams.out()).println(sum);
    if (notStored > 0) {
      throw new CommandFailure(
          ExitStatus.STOPPED,
          "the import stopped: what is counted as stored is durable, what is not stored is named above;"
              + " mend what follows, and run the same command again: nothing is stored twice",
          cause);
    }
    return skipped > 0 ? ExitStatus.SOME_FAILED : ExitStatus.OK;
  }
}
