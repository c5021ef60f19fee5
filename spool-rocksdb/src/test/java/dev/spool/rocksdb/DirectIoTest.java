package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.testkit.Required;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page cache is bypassed where that can be done, and a spool works where it cannot. */
class DirectIoTest {
  /** Has no way around memory, and so never takes the flag. */
  private static final Path PROC = Path.of("/proc/self/status");

  @Test
  void fileSystemThatCannotIsKnown() {
    Required.granted(Files.exists(PROC), "there is no " + PROC);
    assertThat(DirectIo.isPossible(PROC)).isFalse();
  }

  @Test
  void fileThatIsNotThereCannot(@TempDir Path dir) {
    assertThat(DirectIo.isPossible(dir.resolve("none"))).isFalse();
  }

  @Test
  void defaultIsWhatTheFileSystemCanDo(@TempDir Path dir) throws IOException {
    byte[] data = new byte[100_000];
    SpoolId id = SpoolId.random();
    Path spoolDir = dir.resolve("s");
    try (RocksSpool spool = RocksSpool.builder(spoolDir).ballast(0).open()) {
      Spooled.get(spool.store(id, data));
      Spooled.get(spool.compact());
      assertThat(Spooled.get(spool.load(id))).isEqualTo(data);
    }
    Path file = Files.writeString(dir.resolve("file"), "x");
    assertThat(Files.readString(spoolDir.resolve("db").resolve("LOG")))
        .containsPattern(
            "use_direct_io_for_flush_and_compaction: " + (DirectIo.isPossible(file) ? "1" : "0"));
  }
}
