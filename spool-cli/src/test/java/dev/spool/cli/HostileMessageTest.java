package dev.spool.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever sends a message chooses all of its bytes. */
final class HostileMessageTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal", "memory"})
  void bytesAreNotUnderstood(String scheme) throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream zipped = new GZIPOutputStream(bomb)) {
      for (int i = 0; i < 1024; i++) {
        zipped.write(new byte[64 << 10]); // 64 MiB, in 64 KiB
      }
    }
    List<byte[]> messages =
        List.of(
            bomb.toByteArray(),
            new byte[10_000],
            "../../etc/passwd\0\u001b[2J\r\n.\r\n".getBytes(ISO_8859_1),
            "SPOOL-FILE/1 length=0000000000 crc32c=00000000 id=\n".getBytes(ISO_8859_1));
    String path = scheme.equals("memory") ? "memory:hostile" : uri(scheme);
    try (Spool spool = Spools.open(path)) {
      for (byte[] message : messages) {
        SpoolId id = SpoolId.random();
        spool.store(id, message).join();
        assertThat(spool.load(id).join()).isEqualTo(message);
      }
      assertThat(spool.health().reason()).isNull();
    }
  }

  /**
   * Of the file backend, whose trailer says where a message ends: in three layers, one's own id.
   */
  @Test
  void messageThatReadsLikeAStoredFileIsAMessage() throws IOException {
    SpoolId id = SpoolId.random();
    byte[] message = "Subject: one\r\n".getBytes(ISO_8859_1);
    try (Spool spool = Spools.open(uri("file"))) {
      for (int layer = 0; layer < 3; layer++) {
        spool.store(id, message).join();
        assertThat(spool.load(id).join()).isEqualTo(message);
        SpoolId other = SpoolId.random();
        spool.store(other, message).join();
        assertThat(spool.load(other).join()).isEqualTo(message);
        spool.remove(other).join();
        message = Files.readAllBytes(file(id)); // with its trailer, which is right for this id
      }
      EntryChannel channel = EntryChannel.bounded(10, 1 << 20);
      var scan = spool.enumerate(channel);
      List<SpoolEntry> entries = new ArrayList<>();
      channel.forEach(entries::add);
      assertThat(scan.join().corrupt()).isZero();
      assertThat(entries).hasSize(1);
    }
  }

  private Path file(SpoolId id) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.endsWith(id.toString())).findFirst().orElseThrow();
    }
  }

  private String uri(String scheme) {
    return Cli.uri(scheme, directory.resolve("spool"))
        + (scheme.equals("rocksdb") ? "&ballast=0" : "");
  }
}
