package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spools that earlier releases have written still open, and hold what they held. */
class GoldenSpoolTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @ParameterizedTest
  @ValueSource(strings = {"file-v1", "rocksdb-v1", "journal-v1"})
  void aSpoolOfAnEarlierFormatIsReadByteForByte(String name, @TempDir Path directory)
      throws Exception {
    Path copy = directory.resolve(name);
    copy(GOLDEN.resolve(name), copy);
    String uri = name.substring(0, name.indexOf('-')) + ":" + copy + "?minFreeSpace=0";
    Map<String, byte[]> found = new HashMap<>();
    String small =
        switch (name.substring(0, name.indexOf('-'))) {
          case "rocksdb" -> "&ballast=0";
          case "journal" -> "&segmentSize=32KiB";
          default -> "";
        };
    try (Spool spool = Spools.open(uri + small)) {
      EntryChannel channel = EntryChannel.bounded(10, 1 << 20);
      var scan = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        SpoolEntry.Item item = (SpoolEntry.Item) entry;
        found.put(item.id().toString(), item.data());
        assertThat(spool.load(item.id()).join()).isEqualTo(item.data());
      }
      assertThat(scan.join().corrupt()).isZero();
    }
    assertThat(found).hasSize(6);
    for (Map.Entry<String, byte[]> message : found.entrySet()) {
      assertThat(GOLDEN.resolve("messages").resolve(message.getKey() + ".eml"))
          .hasBinaryContent(message.getValue());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
