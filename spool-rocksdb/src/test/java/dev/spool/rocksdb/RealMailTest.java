package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mail of Apache James Mime4j's tests, much of it malformed, comes out as it went in. */
class RealMailTest {

  @Test
  void mailComesOutAsItWentIn(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> mail = new LinkedHashMap<>();
    for (byte[] message : messages()) {
      mail.put(SpoolId.random(), message);
    }
    assertThat(mail.size()).isGreaterThanOrEqualTo(80);
    try (RocksSpool spool = RocksSpool.builder(dir).ballast(0).open()) {
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      mail.forEach(
          (id, message) -> stores.add(spool.store(id, message, durability(stores.size()), null)));
      stores.forEach(CompletableFuture::join);
      assertSame(enumerated(spool), mail);
    }
    try (RocksSpool spool = RocksSpool.builder(dir).ballast(0).open()) {
      assertSame(enumerated(spool), mail);
      mail.forEach(
          (id, message) -> assertThat(Arrays.equals(spool.load(id).join(), message)).isTrue());
    }
  }

  private static void assertSame(Map<SpoolId, byte[]> found, Map<SpoolId, byte[]> expected) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach(
        (id, data) ->
            assertThat(Arrays.equals(data, expected.get(id))).as("message %s", id).isTrue());
  }

  private static Durability durability(int nth) {
    return nth % 3 == 0 ? Durability.BUFFERED : Durability.SYNC;
  }

  private static Map<SpoolId, byte[]> enumerated(RocksSpool spool) {
    Map<SpoolId, byte[]> seen = new LinkedHashMap<>();
    EntryChannel channel = EntryChannel.bounded(16, 1 << 20);
    var report = spool.enumerate(channel);
    for (SpoolEntry entry : channel) {
      SpoolEntry.Item item = (SpoolEntry.Item) entry;
      assertThat(seen.put(item.id(), item.data())).isNull();
    }
    assertThat(report.join().items()).isEqualTo(seen.size());
    return seen;
  }

  private static List<byte[]> messages() throws IOException {
    List<byte[]> messages = new ArrayList<>();
    String anyMessage = "/mimetools-testmsgs/2002_06_12_doublebound.msg";
    URL url = RealMailTest.class.getResource(anyMessage);
    assertThat(url).isNotNull();
    String jar = String.valueOf(url).replaceFirst("!.*", "");
    try (FileSystem inside = FileSystems.newFileSystem(URI.create(jar), Map.of());
        Stream<Path> all = Files.walk(inside.getPath("/"))) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        if (path.toString().endsWith(".msg")) {
          messages.add(Files.readAllBytes(path));
        }
      }
    }
    return messages;
  }
}
