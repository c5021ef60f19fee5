package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.Fuzz;
import dev.spool.testkit.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Last lines and names of any bytes: those that were written, or none. */
@Tag("same-on-any-jdk")
class FileFuzzTest {
  private static final long MEMORY = 1 << 20;
  private static final SpoolId ID = SpoolId.parse("0192f5c7a1b27def8123456789abcdef");
  private static final byte[] MESSAGE = bytes("Subject: x\r\n\r\nbody");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void lastLineIsTheOneThatIsRightOrDamage() {
    byte[] right = Trailer.of(ID, MESSAGE).encode();
    new Fuzz("last lines", MEMORY, List.of(right))
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              byte[] line = Arrays.copyOf(bytes, Trailer.LENGTH);
              try {
                assertThat(Trailer.parse(line).encode()).isEqualTo(line);
              } catch (Damage e) {
                assertThat(line).isNotEqualTo(right);
              }
              CRC32C crc = new CRC32C();
              crc.update(MESSAGE);
              try {
                Trailer.verify(line, ID, MESSAGE.length, crc);
                assertThat(line).isEqualTo(right);
              } catch (Damage e) {
                assertThat(e.error()).isNotEmpty();
              }
            });
  }

  @Test
  void nameIsThatOfAFileOrNone() {
    List<byte[]> names =
        List.of(
            bytes(ID.toString()),
            bytes("7a1"),
            bytes("0123456789abcdef-17.tmp"),
            bytes("c232ab00941411ecb3c89f6bdeced846"));
    new Fuzz("file names", MEMORY, names)
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              String name = text(bytes);
              SpoolId id = FileLayout.parseFileName(name);
              assertThat(id == null ? name : FileLayout.fileName(id)).isEqualTo(name);
              FileLayout layout = new FileLayout(Path.of("/spool"));
              FileLayout.parseSlot(name)
                  .ifPresent(
                      slot -> assertThat(layout.directory(slot).getFileName()).hasToString(name));
              boolean unused = FileLayout.isTemporary(name);
            });
  }

  /** What strange names there are: each is shown once, and left where it is. */
  @Test
  void strangeNamesAreShownAndLeftAlone(@TempDir Path dir) {
    new Fuzz("files of any names", 64 << 20, List.of(bytes(ID.toString())))
        .run(15, 500, (bytes, random) -> strange(dir.resolve("s" + random.nextLong()), random));
  }

  private static void strange(Path spool, RandomGenerator random) throws IOException {
    SpoolId id = SpoolId.random();
    try (FileSpool made = TestSpools.open(spool, Disk.system())) {
      TestSpools.get(made.store(id, MESSAGE));
    }
    String slot = FileLayout.slot(id) < 16 ? "fff" : "000";
    Files.createDirectories(spool.resolve("data").resolve(slot));
    Set<Path> strange = new TreeSet<>();
    for (int i = 0; i < 20; i++) {
      Path place = spool.resolve(random.nextBoolean() ? "data" : "data/" + slot);
      Path file = place.resolve(name(random));
      if (file.getParent().equals(place) && !Files.exists(file)) {
        if (random.nextBoolean()) {
          Files.write(file, MESSAGE);
          strange.add(file);
        } else {
          Files.createDirectory(file);
          boolean isSlot = FileLayout.parseSlot(file.getFileName().toString()).isPresent();
          if (!isSlot || !place.endsWith("data")) {
            strange.add(file);
          }
        }
      }
    }
    check(spool, id, strange);
    check(spool, id, strange);
    delete(spool);
  }

  private static void check(Path spool, SpoolId id, Set<Path> strange) {
    Set<String> shown = new HashSet<>();
    try (FileSpool opened = TestSpools.open(spool, Disk.system())) {
      assertThat(TestSpools.get(opened.load(id))).isEqualTo(MESSAGE);
      EntryChannel channel = EntryChannel.bounded(8, 1 << 20);
      var scan = opened.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Corrupt corrupt) {
          assertThat(shown.add(corrupt.location())).as("once: " + corrupt).isTrue();
        } else {
          assertThat(((SpoolEntry.Item) entry).id()).isEqualTo(id);
        }
      }
      assertThat(TestSpools.get(scan).items()).isOne();
    }
    assertThat(shown).hasSameSizeAs(strange);
    assertThat(strange).allMatch(Files::exists);
  }

  private static String name(RandomGenerator random) {
    byte[] sample = random.nextBoolean() ? bytes(SpoolId.random().toString()) : bytes("7a1");
    byte[] name = new Mutations(random).of(sample, bytes("SPOOL.tmp 0123\n\t\"*?~ABC"));
    StringBuilder text = new StringBuilder();
    for (byte each : Arrays.copyOf(name, Math.min(200, name.length))) {
      int letter = each & 0x7F;
      text.append(letter == 0 || letter == '/' ? '0' : (char) letter);
    }
    return text.length() == 0 || text.toString().equals(".") || text.toString().equals("..")
        ? "x"
        : text.toString();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
