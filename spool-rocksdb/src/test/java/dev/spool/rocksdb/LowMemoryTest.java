package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.LowMemoryAdvisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A spool in a process whose heap really fills. */
class LowMemoryTest {
  private static final int PIECE = 20_000;

  /** Has messages in the memtable, which nothing but advice flushes, and then fills its heap. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      Path directory = Path.of(args[0]);
      Map<String, String> settings =
          Map.of("ballast", "0", "minFreeSpace", "0", "minFreeInodes", "0");
      try (RocksSpool spool = RocksSpool.builder(directory).settings(settings).open();
          LowMemoryAdvisor advisor = LowMemoryAdvisor.watch(0.7, 1, spool)) {
        for (int i = 0; i < 10; i++) {
          Spooled.get(spool.store(SpoolId.random(), new byte[PIECE], Durability.BUFFERED, null));
        }
        System.out.println("tables before " + Databases.tables(directory.resolve("db")).size());
        fillHeapUntil(() -> !Databases.tables(directory.resolve("db")).isEmpty());
        System.out.println("tables after " + Databases.tables(directory.resolve("db")).size());
        System.out.println("messages " + Spooled.enumerate(spool).size() + " " + (advisor != null));
      }
    }

    private interface Condition {
      boolean holds() throws IOException;
    }

    /** Holds most of the heap, and goes on making garbage, so that it is collected. */
    private static void fillHeapUntil(Condition done) throws IOException {
      List<byte[]> held = new ArrayList<>();
      long most = Runtime.getRuntime().maxMemory() / 100 * 70;
      for (long bytes = 0; bytes < most; bytes += PIECE) {
        held.add(new byte[PIECE]);
      }
      long made = 0;
      long end = System.nanoTime() + 60_000_000_000L;
      while (!done.holds() && System.nanoTime() < end) {
        for (int i = 0; i < 1000; i++) {
          made += new byte[PIECE].length;
        }
      }
      System.out.println("held " + held.size() + ", beside " + made + " bytes of garbage");
    }
  }

  @Test
  void adviceComesUnderRealPressure(@TempDir Path dir) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                dir.resolve("spool").toString())
            .redirectErrorStream(true)
            .start();
    try {
      String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(said)
          .contains("tables before 0\n")
          .containsPattern("memory is short: heap after collection \\d+.* MiB of \\d+.* MiB")
          .containsPattern("tables after [1-9]")
          .contains("messages 10 true");
    } finally {
      child.destroyForcibly();
    }
  }
}
