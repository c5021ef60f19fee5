package dev.spool.filesystem;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrailerTest {
  private static final SpoolId ID = SpoolId.parse("0192f5c7a1b27def8123456789abcdef");

  @TempDir Path dir;
  private final MessageReader reader = new MessageReader(Disk.system(), new ReadPhases());

  /** The form of version 1; the checksum was computed with another implementation. */
  @Test
  void bytesOfAFile() throws IOException {
    byte[] file = Files.readAllBytes(write("Subject: hi\n\nhello\n".getBytes(US_ASCII)));
    assertThat(new String(file, US_ASCII))
        .isEqualTo(
            "Subject: hi\n\nhello\n"
                + "\nSPOOL-FILE/1 length=0000000019 crc32c=037593c8"
                + " id=0192f5c7a1b27def8123456789abcdef\n");
  }

  @Test
  void isALineOfPrintableText() {
    byte[] trailer = Trailer.of(ID, new byte[12345]).encode();
    assertThat(trailer).hasSize(Trailer.LENGTH);
    String text = new String(trailer, US_ASCII);
    assertThat(text).matches("\n[ -~]+\n");
  }

  @Test
  void messagesOfAllSizesComeBack() throws Exception {
    Random random = new Random(1);
    for (int length : new int[] {0, 1, 4096, 65_451, 65_452, 65_453, 262_144, 262_145, 3_000_000}) {
      byte[] message = new byte[length];
      random.nextBytes(message);
      Path file = write(message);
      assertThat(Arrays.equals(reader.read(file, ID), message)).as("of %s", length).isTrue();
      DiskDirectory directory = DiskDirectory.ofPath(Disk.system(), file.getParent());
      assertThat(MessageReader.length(directory, file.getFileName().toString())).isEqualTo(length);
    }
  }

  @Test
  void everyBitOfAFileIsCovered() throws IOException {
    Path file = write("a short message".getBytes(US_ASCII));
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        Files.write(file, damaged);
        assertDamaged(file, "bit " + bit + " of byte " + at);
      }
    }
  }

  @Test
  void everyOtherByteOfATrailerIsDamage() {
    byte[] message = {1, 2, 3};
    byte[] whole = Trailer.of(ID, message).encode();
    for (int at = 0; at < whole.length; at++) {
      for (int value = 0; value < 256; value++) {
        if ((byte) value != whole[at]) {
          byte[] damaged = whole.clone();
          damaged[at] = (byte) value;
          CRC32C crc = new CRC32C();
          crc.update(message);
          assertThatThrownBy(() -> Trailer.verify(damaged, ID, message.length, crc))
              .as("value %s of byte %s", value, at)
              .isInstanceOf(Damage.class);
        }
      }
    }
  }

  @Test
  void damageOfALargeFileIsFound() throws IOException {
    Path file = write(new byte[1_000_000]);
    byte[] whole = Files.readAllBytes(file);
    for (int at : new int[] {0, 65_535, 65_536, 999_999, 1_000_000, 1_000_050, 1_000_083}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 4;
      Files.write(file, damaged);
      assertDamaged(file, "byte " + at);
    }
  }

  @Test
  void fileOfAnotherLengthIsDamaged() throws IOException {
    Path file = write(new byte[200]);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertDamaged(file, "cut off at " + length);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertDamaged(file, "longer by a byte");
    Files.write(file, whole);
    Files.write(file, whole, StandardOpenOption.APPEND);
    assertDamaged(file, "twice");
  }

  /** So that a damaged length does not cost memory. */
  @Test
  void hugeFileIsDamagedWithoutBeingRead() throws IOException {
    Path file = write(new byte[10]);
    try (DiskFile open = Disk.system().openWrite(file)) {
      open.write(ByteBuffer.wrap(new byte[1]), 1L << 40);
    }
    assertDamaged(file, "a terabyte");
    try (DiskFile open = Disk.system().openWrite(file)) {
      open.truncate(2_000_000_000);
    }
    assertDamaged(file, "two gigabytes");
  }

  @Test
  void fileOfAnotherMessageIsDamaged() throws IOException {
    Path file = write(new byte[10]);
    assertThatThrownBy(() -> reader.read(file, SpoolId.random()))
        .isInstanceOf(Damage.class)
        .hasMessageContaining("names another message, " + ID);
  }

  @Test
  void laterVersionIsNamed() throws IOException {
    Path file = write(new byte[10]);
    String text = Files.readString(file, US_ASCII).replace("FILE/1", "FILE/2");
    Files.writeString(file, text, US_ASCII);
    assertThatThrownBy(() -> reader.read(file, ID)).hasMessageContaining("version");
  }

  private void assertDamaged(Path file, String what) {
    assertThatThrownBy(() -> reader.read(file, ID)).as(what).isInstanceOf(Damage.class);
  }

  private Path write(byte[] message) throws IOException {
    Path path = dir.resolve("file");
    Files.deleteIfExists(path);
    try (DiskFile file = Disk.system().create(path)) {
      MessageWriter.write(file, ID, message);
    }
    return path;
  }
}
