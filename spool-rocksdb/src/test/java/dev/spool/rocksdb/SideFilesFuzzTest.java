package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.testkit.Fuzz;
import dev.spool.testkit.Mutations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The small files that the spool keeps beside the database, with any bytes, and with any numbers
 * and the right checksum: they are safeguards, so that the worst is a refusal that says why, and
 * touches nothing. Of a sequence number that cannot be told, or that the log does not reach, the
 * first opening says so.
 */
class SideFilesFuzzTest {
  private static final long MEMORY = 64 << 20;

  @TempDir private Path dir;
  private final Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
  private int cases;

  @Test
  void anyBytesAndAnyNumbers() throws IOException {
    Path image = dir.resolve("image");
    try (Spool spool = open(image)) {
      for (int i = 0; i < 5; i++) {
        SpoolId id = SpoolId.random();
        messages.put(id, new byte[] {(byte) i});
        Spooled.get(spool.store(id, new byte[] {(byte) i}, Durability.SYNC, null));
      }
    }
    byte[] synced = Files.readAllBytes(image.resolve("SYNCED"));
    byte[] manifest = Files.readAllBytes(image.resolve("KNOWN-MANIFEST"));
    new Fuzz("rocksdb side files", MEMORY, List.of(synced, manifest))
        .run(
            20,
            1000,
            (bytes, random) -> {
              Path spool = dir.resolve("s" + cases++);
              copy(image, spool);
              boolean sequence = random.nextBoolean();
              Path file = spool.resolve(sequence ? "SYNCED" : "KNOWN-MANIFEST");
              Files.write(file, random.nextInt(3) == 0 ? bytes : sealed(sequence, random));
              look(spool, !sequence || isNumberUpTo(synced, Files.readAllBytes(file)));
              delete(spool);
            });
  }

  private static Spool open(Path directory) {
    return new RocksFixture().open(directory, Map.of(), null);
  }

  /** One number, or two, at some edge. */
  private static byte[] sealed(boolean sequence, RandomGenerator random) {
    Mutations edges = new Mutations(random);
    return sequence
        ? CheckedNumbers.of(SyncedSequence.MAGIC, edges.number()).array()
        : CheckedNumbers.of(KnownManifest.MAGIC, edges.number(), edges.number()).array();
  }

  /** Tells whether the first bytes are a sequence number, and no higher than another one. */
  private static boolean isNumberUpTo(byte[] highest, byte[] bytes) {
    long[] most = CheckedNumbers.read(ByteBuffer.wrap(highest), SyncedSequence.MAGIC, 1);
    if (most == null || bytes.length < highest.length) {
      return false;
    }
    long[] found = CheckedNumbers.read(ByteBuffer.wrap(bytes), SyncedSequence.MAGIC, 1);
    return found != null && found[0] >= 0 && found[0] <= most[0];
  }

  private void look(Path directory, boolean healthy) throws IOException {
    Map<String, Long> before = files(directory);
    for (int opening = 0; opening < 2; opening++) {
      try (Spool spool = open(directory)) {
        assertThat(spool.health().state() == State.HEALTHY).isEqualTo(healthy || opening > 0);
        messages.forEach(
            (id, message) -> assertThat(Spooled.get(spool.load(id))).isEqualTo(message));
        assertThat(Spooled.enumerate(spool)).hasSize(messages.size());
        SpoolId id = SpoolId.random();
        Spooled.get(spool.store(id, new byte[10], Durability.SYNC, null));
        Spooled.get(spool.remove(id, Durability.SYNC, null));
      } catch (SpoolException e) {
        assertThat(e.detail()).contains("KNOWN-MANIFEST");
        assertThat(files(directory)).containsAllEntriesOf(before);
        return;
      }
    }
  }

  private static Map<String, Long> files(Path directory) throws IOException {
    Map<String, Long> files = new LinkedHashMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String name = directory.relativize(path).toString();
        if (!name.startsWith("db/LOG") && !name.equals("OWNER")) {
          files.put(name, Files.size(path));
        }
      }
    }
    return files;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
