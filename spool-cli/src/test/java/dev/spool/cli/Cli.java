package dev.spool.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

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
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Streams streams =
        new Streams(
            new ByteArrayInputStream(input),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    String[] args = List.of(words).stream().map(Object::toString).toArray(String[]::new);
    int status = Main.commandLine(streams).execute(args);
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
    return scheme + ":" + directory + "?minFreeSpace=0&minFreeInodes=0";
  }

  @Override
  public String toString() {
    return "status " + status + "\nout:\n" + out() + "\nerr:\n" + err;
  }
}
