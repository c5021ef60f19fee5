package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.testkit.Fuzz;
import dev.spool.testkit.Mutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * What the spool reads of RocksDB's own files, with any bytes in them, and with any records and the
 * right checksums: it is understood, or refused by a typed error, and what is not refused RocksDB
 * comes to the end of.
 */
@Tag("same-on-any-jdk")
class ManifestFuzzTest {
  private static final long MEMORY = 1 << 20;
  private static final int BLOCK = 32 << 10;
  private static final int HEADER = 7;

  @TempDir private Path dir;
  private RocksLayout layout;
  private Path current;
  private Path manifest;

  @BeforeEach
  void makeDatabase() throws IOException {
    layout = new RocksLayout(dir);
    Databases.make(layout.database(), Map.of("01", new byte[10]));
    Databases.flush(layout.database());
    current = layout.database().resolve("CURRENT");
    manifest = layout.database().resolve(Files.readString(current).strip());
  }

  @Test
  void currentNamesAManifestOfTheDatabaseOrNone() throws IOException {
    List<byte[]> samples =
        List.of(
            Files.readAllBytes(current),
            "/MANIFEST-999999999999999999\n".getBytes(StandardCharsets.US_ASCII),
            "MANIFEST-000001/../../MANIFEST-000001\n".getBytes(StandardCharsets.US_ASCII));
    Files.write(dir.resolve("MANIFEST-000001"), new byte[100]); // outside
    new Fuzz("CURRENT", MEMORY, samples)
        .run(
            2000,
            100_000,
            (bytes, random) -> {
              Files.write(current, bytes);
              try (DiskFile named = KnownManifest.open(Disk.system(), layout.database())) {
                assertThat(named == null || named.size() == Files.size(manifest)).isTrue();
              }
              ManifestRecords.requireReadable(Disk.system(), layout.database());
              new KnownManifest(Disk.system(), layout).requireWhole();
            });
  }

  @Test
  void knownManifestOfAnyBytesSaysNothingOrRefuses() throws IOException {
    long number = Long.parseLong(manifest.getFileName().toString().substring("MANIFEST-".length()));
    long length = Files.size(manifest);
    byte[] whole = CheckedNumbers.of(KnownManifest.MAGIC, number, length).array();
    new Fuzz("KNOWN-MANIFEST", MEMORY, List.of(whole))
        .run(
            2000,
            100_000,
            (bytes, random) -> {
              Mutations edges = new Mutations(random);
              long known = random.nextBoolean() ? number : edges.number();
              long reached = random.nextBoolean() ? length : edges.number();
              boolean sealed = random.nextBoolean();
              Files.write(
                  layout.knownManifest(),
                  sealed ? CheckedNumbers.of(KnownManifest.MAGIC, known, reached).array() : bytes);
              KnownManifest reader = new KnownManifest(Disk.system(), layout);
              if (sealed && (known > number || (known == number && reached > length))) {
                assertThatThrownBy(reader::requireWhole).isInstanceOf(SpoolIOException.class);
              } else {
                reader.requireWhole();
              }
            });
  }

  @Test
  void manifestOfAnyBytesIsRefusedOrComesToAnEnd() throws IOException {
    new Fuzz("manifests", MEMORY, List.of(Files.readAllBytes(manifest)))
        .run(
            200,
            20_000,
            (bytes, random) -> {
              Files.write(manifest, bytes);
              try {
                ManifestRecords.requireReadable(Disk.system(), layout.database());
              } catch (SpoolIOException e) {
                assertThat(e.detail()).contains("of a kind that no manifest has");
                return;
              }
              readToTheEnd();
            });
  }

  @Test
  void recordsOfAnyKindAreFoundWhereTheyAre() throws IOException {
    new Fuzz("manifests of records", MEMORY, List.of(Files.readAllBytes(manifest)))
        .run(
            200,
            20_000,
            (bytes, random) -> {
              Forged forged = new Forged(bytes, random);
              Files.write(manifest, forged.bytes());
              if (forged.strange >= 0) {
                assertThatThrownBy(
                        () -> ManifestRecords.requireReadable(Disk.system(), layout.database()))
                    .isInstanceOfSatisfying(
                        SpoolIOException.class,
                        e -> assertThat(e.detail()).contains("at byte " + forged.strange + " "));
              } else {
                ManifestRecords.requireReadable(Disk.system(), layout.database());
                readToTheEnd();
              }
            });
  }

  /** Hangs if RocksDB does, which is a finding; whatever it says is not. */
  private void readToTheEnd() {
    try (Options options = new Options();
        RocksDB db = RocksDB.openReadOnly(options, layout.database().toString())) {
      assertThat(db.getLatestSequenceNumber()).isNotNegative();
    } catch (RocksDBException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** Blocks of records: whole ones of the kinds that there are, and then something else. */
  private static final class Forged {
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private final byte[] payloads;
    private final RandomGenerator random;

    /** Where the first record is of a kind that no manifest has; -1 if there is none. */
    private int strange = -1;

    Forged(byte[] payloads, RandomGenerator random) {
      this.payloads = payloads;
      this.random = random;
      for (int blocks = random.nextInt(3); blocks >= 0; blocks--) {
        all.writeBytes(block(blocks == 0));
      }
    }

    byte[] bytes() {
      return all.toByteArray();
    }

    private byte[] block(boolean last) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
      for (int records = random.nextInt(6); records > 0; records--) {
        put(block, random.nextInt(5), random.nextInt(800), true);
      }
      int end = block.position();
      switch (random.nextInt(4)) {
        case 0 -> { // which the reader meets, whatever its checksum
          if (strange < 0) {
            strange = all.size() + end;
          }
          put(block, random.nextInt(5, 256), random.nextInt(800), random.nextBoolean());
        }
        case 1 -> { // behind which nothing is read in this block
          put(block, random.nextInt(5), random.nextInt(800), false);
          put(block, random.nextInt(256), random.nextInt(800), true);
        }
        case 2 -> // longer than the block
            block.putShort(end + 4, (short) 0xffff).put(end + 6, (byte) 1).position(end + HEADER);
        default -> {} // zeros, or the end
      }
      return last ? Arrays.copyOf(block.array(), block.position()) : block.array();
    }

    private void put(ByteBuffer block, int kind, int length, boolean right) {
      int at = block.position();
      block.position(at + 6).put((byte) kind);
      for (int i = 0; i < length; i++) {
        block.put(payloads.length == 0 ? 0 : payloads[(at + i) % payloads.length]);
      }
      CRC32C crc = new CRC32C();
      crc.update(block.slice(at + 6, 1 + length));
      int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
      block.putInt(at, right ? masked : masked ^ 1).putShort(at + 4, (short) length);
    }
  }
}
