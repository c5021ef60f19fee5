package dev.spool.bench.run;

import dev.spool.bench.workload.Machine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** What the figures of a run depend on, and is worth standing beside them. */
public final class MachineFacts {
  /** What kind of run it was, which decides where the report shows it. */
  public static final String KIND = "kind";

  /** What was typed. */
  public static final String COMMAND = "command";

  /** Facts that differ between one run and its going on. */
  static final Set<String> VARYING = Set.of(COMMAND, "date", "load before", "others wrote");

  private static final Duration LISTENING = Duration.ofSeconds(1);

  private MachineFacts() {}

  /**
   * Finds them out, which takes a second: what others write meanwhile would count as ours.
   *
   * @param kind what kind of run it is
   * @param command what was typed
   * @param directory on the disk that is measured
   */
  public static Map<String, String> of(String kind, List<String> command, Path directory)
      throws IOException, InterruptedException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(KIND, kind);
    facts.put(COMMAND, System.getProperty("spool.bench.command", String.join(" ", command)));
    facts.put("source", System.getProperty("spool.bench.commit", "unknown"));
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("processor", field("/proc/cpuinfo", "model name"));
    facts.put("memory", field("/proc/meminfo", "MemTotal"));
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("file system", fileSystem(directory));
    facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("load before", "%.2f".formatted(load()));
    facts.put("others wrote", "%.2f MB/s".formatted(othersWrite(directory) / 1e6));
    return facts;
  }

  private static String fileSystem(Path directory) throws IOException {
    FileStore store = Files.getFileStore(directory);
    return "%s of %.0f GB".formatted(store.type(), store.getTotalSpace() / 1e9);
  }

  /** How many threads waited for a processor, in the last minute. */
  static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static double othersWrite(Path directory) throws IOException, InterruptedException {
    OptionalLong before = Machine.writtenToDevice(directory);
    long start = System.nanoTime();
    Thread.sleep(LISTENING.toMillis());
    OptionalLong after = Machine.writtenToDevice(directory);
    double seconds = (System.nanoTime() - start) / 1e9;
    return (after.orElse(0) - before.orElse(0)) / seconds;
  }

  private static String field(String file, String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }
}
