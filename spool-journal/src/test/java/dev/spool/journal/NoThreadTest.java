package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.testkit.Required;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * An opening for which there are too few threads fails, and lets go of all that it had: files, the
 * lock of its directory, and the threads that it had begun. A process of its own, in a control
 * group that lets it have so many threads and no more.
 */
class NoThreadTest {
  private static final Path GROUPS = Path.of("/sys/fs/cgroup/pids");
  private static final String MAX = "pids.max";

  private final Path group = GROUPS.resolve("spool-test-" + ProcessHandle.current().pid());

  @TempDir Path directory;

  @BeforeEach
  void makeGroup() {
    try {
      Files.createDirectory(group);
    } catch (IOException e) {
      // nobody may, or there are no such groups
    }
    Required.granted(Files.isWritable(group.resolve(MAX)), "no control group can be made");
  }

  @AfterEach
  void removeGroup() throws IOException {
    Files.deleteIfExists(group);
  }

  @Test
  @Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
  void openingLetsGoOfEverything() throws Exception {
    Process child =
        new ProcessBuilder(
                "sh",
                "-c",
                "echo $$ > " + group.resolve("cgroup.procs") + " && exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UseDynamicNumberOfCompilerThreads",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                group.toString(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
      List<String> said = out.lines().toList();
      assertThat(child.waitFor()).as("%s", said).isZero();
      assertThat(said).as("%s", said).contains("done");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  /** Opens a spool with no thread to be had, with one, and so on, until it is open. */
  static final class Child {
    private static Path group = GROUPS;

    private Child() {}

    public static void main(String[] args) throws IOException {
      group = Path.of(args[0]);
      Path spool = Path.of(args[1], "spool");
      SpoolId id = SpoolId.random();
      try (JournalSpool first = open(spool)) {
        first.store(id, new byte[] {1}).join();
      }
      awaitNothingLeft(spool);
      boolean opened = false;
      int failures = 0;
      for (int threads = 0; !opened; threads++) {
        limit(Long.toString(count() + threads));
        JournalSpool last = null;
        try {
          last = open(spool);
        } catch (OutOfMemoryError e) {
          failures++;
        } finally {
          limit("max"); // to be closed it takes a thread, too
        }
        if (last != null) {
          last.close();
          opened = true;
        }
        awaitNothingLeft(spool);
        try (JournalSpool next = open(spool)) {
          require(next.load(id).join().length == 1, "the message is there");
        }
        awaitNothingLeft(spool);
      }
      require(failures > 3, "some have failed: " + failures);
      System.out.println("done");
    }

    private static JournalSpool open(Path spool) {
      return JournalSpool.builder(spool).segmentSize(256 << 10).open();
    }

    private static void limit(String threads) throws IOException {
      Files.writeString(group.resolve(MAX), threads);
    }

    private static long count() throws IOException {
      return Long.parseLong(Files.readString(group.resolve("pids.current")).trim());
    }

    /** Threads end a moment later; what does not end is told. */
    private static void awaitNothingLeft(Path spool) throws IOException {
      Set<String> left = left(spool);
      for (int i = 0; !left.isEmpty() && i < 3000; i++) {
        LockSupport.parkNanos(10_000_000);
        left = left(spool);
      }
      require(left.isEmpty(), "left behind: " + left);
    }

    private static Set<String> left(Path spool) throws IOException {
      Set<String> left = new TreeSet<>();
      for (Thread each : Thread.getAllStackTraces().keySet()) {
        if (each.getName().startsWith("spool-")) {
          left.add(each.getName());
        }
      }
      try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
        files
            .map(Child::target)
            .filter(file -> file.startsWith(spool.toString()))
            .forEach(left::add);
      }
      left.removeIf(each -> each.endsWith("/LOCK")); // opened once in the life of a process
      return left;
    }

    private static String target(Path link) {
      try {
        return Files.readSymbolicLink(link).toString();
      } catch (IOException e) {
        return ""; // that of the listing itself
      }
    }

    private static void require(boolean condition, String what) {
      if (!condition) {
        throw new UncheckedIOException(new IOException("it is not so that " + what));
      }
    }
  }
}
