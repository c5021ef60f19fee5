package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.FormatMarker;
import dev.spool.support.SettingValues;
import dev.spool.support.SpaceThreshold;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.SpoolPaths;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files and texts that all backends share, of any bytes: understood, or refused as what they
 * are.
 */
class SpoolFilesFuzzTest {
  private static final long MEMORY = 4 << 20;
  private static final Path DIRECTORY = Path.of("/spool");

  private static final byte[] MARKER =
      bytes(
          """
          spool=1
          scheme=file
          version=1
          required=
          optional=one,two
          id=0b3c9b0e-6d5f-4c39-8a0e-5a4d8a1f2c11
          created=2026-11-21T05:37:50Z
          """);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] sealed(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    byte[] line = bytes(String.format(Locale.ROOT, "crc32c=%08x\n", crc.getValue()));
    byte[] all = Arrays.copyOf(body, body.length + line.length);
    System.arraycopy(line, 0, all, body.length, line.length);
    return all;
  }

  private static PowerCutDisk diskWith(String name, byte[] bytes) throws IOException {
    PowerCutDisk disk = new PowerCutDisk(new SplittableRandom(1));
    disk.createDirectories(DIRECTORY);
    try (DiskFile file = disk.create(DIRECTORY.resolve(name))) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.force(true);
    }
    return disk;
  }

  @Test
  void markerOfAnyBytesIsRefused() {
    byte[] whole = sealed(MARKER);
    new Fuzz("marker", MEMORY, List.of(whole))
        .run(
            5000,
            200_000,
            (bytes, random) -> {
              if (!Arrays.equals(bytes, whole)) {
                assertThat(read(bytes)).isFalse();
              }
            });
  }

  @Test
  void markerWithARightChecksumIsUnderstoodOrRefused() {
    new Fuzz("marker with a right checksum", MEMORY, List.of(MARKER))
        .run(
            5000,
            200_000,
            (bytes, random) -> {
              boolean unused = read(sealed(bytes));
            });
  }

  /** Tells whether it was understood; then it can be written again, and is the same. */
  private static boolean read(byte[] marker) throws IOException {
    FormatMarker found;
    try {
      found = FormatMarker.read(diskWith("SPOOL", marker), DIRECTORY).orElseThrow();
    } catch (SpoolException e) {
      assertThat(e.detail()).isNotEmpty();
      return false;
    }
    PowerCutDisk other = diskWith("other", new byte[0]);
    found.write(other, DIRECTORY);
    assertThat(FormatMarker.read(other, DIRECTORY)).contains(found);
    return true;
  }

  /** It is for people: nothing depends on it. */
  @Test
  void ownerOfAnyBytesHarmsNothing(@TempDir Path directory) throws IOException {
    Path owner = directory.resolve("OWNER");
    SpoolDirectory first = open(directory);
    byte[] whole = Files.readAllBytes(owner);
    new Fuzz("owner", MEMORY, List.of(whole))
        .run(
            500,
            20_000,
            (bytes, random) -> {
              Files.write(owner, bytes);
              try {
                open(directory).close();
                throw new AssertionError("it was opened twice");
              } catch (SpoolException e) {
                assertThat(e.detail()).isNotEmpty();
              }
            });
    first.close();
    open(directory).close();
  }

  private static SpoolDirectory open(Path directory) {
    return SpoolDirectory.open(Disk.system(), directory, "file", 1, Set.of(), false);
  }

  /** A value of a setting. */
  @FunctionalInterface
  private interface Parser {
    Object parse(String text);
  }

  @Test
  void textsOfAnyKindAreUnderstoodOrRefused() {
    List<Parser> parsers =
        List.of(
            SettingValues::size,
            SettingValues::count,
            SettingValues::duration,
            SettingValues::flag,
            SpaceThreshold::parse,
            SpoolId::parse,
            text -> SpoolPaths.of(uri(text)));
    List<byte[]> samples =
        List.of(
            bytes("64KiB"),
            bytes("10.5%"),
            bytes("5min"),
            bytes("true"),
            bytes("0192f5c7-a1b2-7def-8123-456789abcdef"),
            bytes("c232ab00941411ecb3c89f6bdeced846"),
            bytes("file:/var/spool/app?minFreeSpace=10%25&readOnly=true"),
            bytes("file://host/%2e%2e/x%00y"));
    new Fuzz("settings, ids and paths", MEMORY, samples)
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              String text = new String(bytes, StandardCharsets.UTF_8);
              for (Parser parser : parsers) {
                try {
                  assertThat(parser.parse(text)).isNotNull();
                } catch (IllegalArgumentException e) {
                  assertThat(e).hasMessageNotContaining("null pointer");
                }
              }
            });
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void anySixteenBytesAreAnIdOrNone() {
    new Fuzz("ids", MEMORY, List.of(SpoolId.parse("c232ab00941411ecb3c89f6bdeced846").toBytes()))
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              SpoolId id;
              try {
                id = SpoolId.fromBytes(bytes);
              } catch (IllegalArgumentException e) {
                return;
              }
              assertThat(id.toBytes()).isEqualTo(bytes);
              assertThat(SpoolId.parse(id.toString())).isEqualTo(id);
              assertThat(id.createdAt()).isNotNull();
              assertThat(SpoolId.withTimestampOf(id).createdAt()).isEqualTo(id.createdAt());
            });
  }
}
