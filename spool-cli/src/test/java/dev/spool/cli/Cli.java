package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.Spools;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/** What a command did, run inside the test. */
public final class Cli {
  private final int status;
  private final byte[] bytes;
  private final String err;

  private Cli(int status, byte[] bytes, String err) {
    this.status = status;
    this.bytes = bytes;
    this.err = err;
  }

  /** Runs a command without input. */
  public static Cli run(Object... words) {
    return runWithInput(new byte[0], words);
  }

  static Cli runWithInput(byte[] input, Object... words) {
    String[] args = List.of(words).stream().map(Object::toString).toArray(String[]::new);
    return record(input, streams -> Main.commandLine(streams).execute(args));
  }

  /** What an import does, with JSON, into a spool of which the command refuses the address. */
  static Cli importInto(String uri, BiConsumer<Importer, ImportReport> sources) {
    return record(
        new byte[0],
        streams -> {
          try (Spool spool = Spools.open(uri);
              Progress progress = Progress.start(streams, "stored")) {
            ImportReport report = new ImportReport(streams, progress, true);
            Importer importer =
                new Importer(spool, Integer.MAX_VALUE, report, Instant.now(), Clock.systemUTC());
            sources.accept(importer, report);
            importer.finish();
            return report.finish();
          } catch (CommandFailure e) {
            return new ErrorReport(streams.err(), false).report(e);
          }
        });
  }

  private static Cli record(byte[] input, ToIntFunction<Streams> command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Streams streams =
        new Streams(
            new ByteArrayInputStream(input),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    int status = command.applyAsInt(streams);
    return new Cli(status, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
  }

  /** Returns the exit status. */
  public int status() {
    return status;
  }

  /** Returns standard output. */
  byte[] bytes() {
    return bytes.clone();
  }

  /** Returns standard error. */
  public String err() {
    return err;
  }

  /** Returns standard output as text. */
  public String out() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The address of a spool on a disk of which little may be free. */
  static String uri(String scheme, Path directory) {
    String small = scheme.equals("journal") ? "&segmentSize=256KiB" : "";
    return scheme + ":" + directory + "?minFreeSpace=0&minFreeInodes=0" + small;
  }

  @Override
  public String toString() {
    return "status " + status + "\nout:\n" + out() + "\nerr:\n" + err;
  }
}
