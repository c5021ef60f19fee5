package dev.spool.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A process that has a spool open, as its file {@code OWNER} tells it to people. The file is no
 * lock, and no proof: a process that was killed leaves it behind.
 *
 * <pre>
 * pid=4711
 * host=mx1.example.org
 * started=2026-11-21T05:37:50Z
 * </pre>
 *
 * @param pid the process, as it is numbered on its host
 * @param host the host's name
 * @param started when the process was started
 */
record Owner(long pid, String host, Instant started) {
  private static final int LONGEST = 4096;

  /** Returns this process. */
  static Owner self() {
    return Self.OWNER;
  }

  /** Reads who had the directory last; empty if that cannot be told, whatever the reason. */
  static Optional<Owner> read(Disk disk, Path directory) {
    try {
      return parse(SmallFile.read(disk, directory.resolve(ReservedNames.OWNER), LONGEST));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void write(Disk disk, Path directory) throws IOException {
    String text = "pid=" + pid + "\nhost=" + host + "\nstarted=" + started + "\n";
    SmallFile.replace(
        disk,
        directory.resolve(ReservedNames.OWNER),
        directory.resolve(ReservedNames.OWNER_TEMPORARY),
        text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the words for an error message. */
  String describe() {
    String words = "pid " + pid + " on host " + host + ", started at " + started;
    if (equals(self())) {
      return "this process, " + words;
    }
    boolean gone = host.equals(self().host) && ProcessHandle.of(pid).isEmpty();
    // Either it was killed and its successor has not yet written its own name, or it runs in
    // another container.
    return gone
        ? words + " (as " + ReservedNames.OWNER + " says; no such process is seen here)"
        : words;
  }

  private static Optional<Owner> parse(byte[] bytes) {
    Map<String, String> values = new HashMap<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    try {
      return Optional.of(
          new Owner(
              Long.parseLong(values.getOrDefault("pid", "")),
              values.getOrDefault("host", "unknown"),
              Instant.parse(values.getOrDefault("started", ""))));
    } catch (NumberFormatException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** This process, found out once, since asking for the host's name may take long. */
  private static final class Self {
    static final Owner OWNER = new Owner(ProcessHandle.current().pid(), hostName(), started());

    private Self() {}

    private static Instant started() {
      Optional<Instant> told = ProcessHandle.current().info().startInstant();
      return told.isPresent() ? told.get() : Instant.now();
    }

    private static String hostName() {
      try {
        // Not of the name service first, which may be slow, or down.
        String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        if (!name.isEmpty()) {
          return name;
        }
      } catch (IOException e) {
        // Not Linux.
        return nameService();
      }
      return nameService();
    }

    private static String nameService() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "unknown";
      }
    }
  }
}
