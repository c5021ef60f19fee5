package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.UnsupportedFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FormatMarkerTest {
  private static final FormatMarker MARKER =
      new FormatMarker(
          "file",
          3,
          Set.of("sharded", "crc32c"),
          Set.of("only-v7"),
          UUID.fromString("0b3c9b0e-6d5f-4c39-8a0e-5a4d8a1f2c11"),
          Instant.parse("2026-11-21T05:37:50Z"));

  /** Written by hand: what a release wrote, every later one must read. */
  private static final String GOLDEN =
      """
      spool=1
      scheme=file
      version=3
      required=crc32c,sharded
      optional=only-v7
      id=0b3c9b0e-6d5f-4c39-8a0e-5a4d8a1f2c11
      created=2026-11-21T05:37:50Z
      """;

  @TempDir private Path directory;

  private final Disk disk = Disk.system();

  private static byte[] sealed(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return (body + String.format(Locale.ROOT, "crc32c=%08x\n", crc.getValue()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private Path file() {
    return directory.resolve("SPOOL");
  }

  @Test
  void itsBytesAreThoseOfTheFormatPage() throws IOException {
    MARKER.write(disk, directory);
    assertThat(Files.readAllBytes(file())).isEqualTo(sealed(GOLDEN));
    assertThat(disk.facts(file()).regularFile()).isTrue();
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    MARKER.write(disk, directory);
    assertThat(FormatMarker.read(disk, directory)).contains(MARKER);
    FormatMarker fresh = FormatMarker.fresh("journal", 1, Set.of());
    fresh.write(disk, directory);
    assertThat(FormatMarker.read(disk, directory)).contains(fresh);
    FormatMarker more = fresh.withOptionalFeatures(Set.of("a"));
    more.write(disk, directory);
    assertThat(FormatMarker.read(disk, directory)).contains(more);
    assertThat(more.storeId()).isEqualTo(fresh.storeId());
  }

  @Test
  void twoSpoolsHaveTwoIds() {
    assertThat(FormatMarker.fresh("file", 1, Set.of()).storeId())
        .isNotEqualTo(FormatMarker.fresh("file", 1, Set.of()).storeId());
  }

  @Test
  void noMarkerIsNoSpool() throws IOException {
    assertThat(FormatMarker.read(disk, directory)).isEmpty();
    assertThat(FormatMarker.read(disk, directory.resolve("missing"))).isEmpty();
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    byte[] good = sealed(GOLDEN);
    for (int at = 0; at < good.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] bad = good.clone();
        bad[at] ^= (byte) (1 << bit);
        assertThatThrownBy(() -> MarkerText.parse(bad)).isInstanceOf(MarkerText.Unreadable.class);
      }
    }
    byte[] bad = good.clone();
    bad[10] ^= 1;
    Files.write(file(), bad);
    assertRefused("checksum is wrong");
    assertThat(Files.readAllBytes(file())).isEqualTo(bad);
  }

  @Test
  void everyCutIsNoticed() throws IOException {
    byte[] good = sealed(GOLDEN);
    for (int length = 0; length < good.length; length++) {
      byte[] bad = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> MarkerText.parse(bad)).isInstanceOf(MarkerText.Unreadable.class);
    }
    Files.write(file(), new byte[0]);
    assertRefused("cut off");
  }

  @Test
  void whatSaysNoSenseIsRefused() throws IOException {
    List<String> bodies =
        List.of(
            "",
            "spool=1\n",
            "no equals sign\n",
            GOLDEN.replace("version=3", "version=three"),
            GOLDEN.replace("version=3", "version=0"),
            GOLDEN.replace("scheme=file", "scheme=../file"),
            GOLDEN.replace("id=0b", "id=zz"),
            GOLDEN.replace("created=2026", "created=yesterday"),
            GOLDEN.replace("sharded", "sha rded"),
            GOLDEN + "version=4\n");
    for (String body : bodies) {
      assertThatThrownBy(() -> MarkerText.parse(sealed(body)))
          .as(body)
          .isInstanceOf(MarkerText.Unreadable.class);
    }
    Files.write(file(), new byte[MarkerText.LONGEST + 1]);
    assertRefused("far too many");
  }

  @Test
  void keysOfLaterReleasesAreIgnoredAndLaterFormsRefused() throws Exception {
    assertThat(MarkerText.parse(sealed(GOLDEN + "colour=blue\n"))).isEqualTo(MARKER);
    Files.write(file(), sealed(GOLDEN.replace("spool=1", "spool=2")));
    assertRefused("newer release");
  }

  @Test
  void aMarkerThatIsNoFileIsRefused() throws IOException {
    Path elsewhere = Files.write(directory.resolve("elsewhere"), sealed(GOLDEN));
    Files.createSymbolicLink(file(), elsewhere);
    assertRefused("not a regular file");
    Files.delete(file());
    Files.createDirectory(file());
    assertRefused("not a regular file");
  }

  private void assertRefused(String why) {
    assertThatThrownBy(() -> FormatMarker.read(disk, directory))
        .isInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining(why)
        .hasMessageContaining("nothing was touched");
  }

  @Test
  void whatCannotBeReadNowIsNotDamaged() {
    Disk failing =
        new ForwardingDisk() {
          @Override
          public FileFacts facts(Path path) throws IOException {
            throw new FileSystemException(path.toString(), null, "Input/output error");
          }
        };
    assertThatThrownBy(() -> FormatMarker.read(failing, directory)).isInstanceOf(IOException.class);
  }

  @Test
  void theContentsAreDurableBeforeTheNameAndTheNameOnReturn() throws IOException {
    List<String> calls = new ArrayList<>();
    Disk recording =
        new ForwardingDisk() {
          @Override
          public DiskFile create(Path file) throws IOException {
            calls.add("create " + file.getFileName());
            return new Recorded(super.create(file), calls);
          }

          @Override
          public void rename(Path from, Path to) throws IOException {
            calls.add("rename " + from.getFileName() + " " + to.getFileName());
            super.rename(from, to);
          }

          @Override
          public void forceDirectory(Path forced) throws IOException {
            calls.add("force directory");
            super.forceDirectory(forced);
          }
        };
    MARKER.write(recording, directory);
    assertThat(calls)
        .containsExactly(
            "create SPOOL.tmp", "write", "force", "rename SPOOL.tmp SPOOL", "force directory");
  }

  @Test
  void aFailedWriteLeavesTheMarkerThatWasThere() throws IOException {
    MARKER.write(disk, directory);
    Files.writeString(directory.resolve("SPOOL.tmp"), "left by a crash");
    Disk failing =
        new ForwardingDisk() {
          @Override
          public void rename(Path from, Path to) throws IOException {
            throw new FileSystemException(from.toString(), null, "No space left on device");
          }
        };
    assertThatThrownBy(() -> FormatMarker.fresh("file", 9, Set.of()).write(failing, directory))
        .isInstanceOf(IOException.class);
    assertThat(FormatMarker.read(disk, directory)).contains(MARKER);
    assertThat(directory.resolve("SPOOL.tmp")).doesNotExist();
  }

  @Test
  void whoKnowsTheFormatMayOpen() {
    MARKER.check(directory, "file", 3, Set.of("sharded", "crc32c", "more"));
    MARKER.check(directory, "file", 4, Set.of("sharded", "crc32c"));
  }

  @Test
  void anotherBackendsSpoolNamesItsUri() {
    assertThatThrownBy(() -> MARKER.check(Path.of("/a/b"), "rocksdb", 9, Set.of()))
        .isInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("backend file, not rocksdb")
        .hasMessageContaining("file:/a/b");
  }

  @Test
  void aNewerVersionOrAnUnknownFeatureNeedsANewerRelease() {
    assertThatThrownBy(() -> MARKER.check(directory, "file", 2, Set.of("sharded", "crc32c")))
        .isInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("version 3")
        .hasMessageContaining("up to 2");
    assertThatThrownBy(() -> MARKER.check(directory, "file", 3, Set.of("crc32c")))
        .isInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("sharded")
        .hasMessageNotContaining("only-v7");
  }

  /** Notes what is done to a file. */
  private record Recorded(DiskFile file, List<String> calls) implements DiskFile {
    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public int read(ByteBuffer buffer, long position) throws IOException {
      return file.read(buffer, position);
    }

    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
      calls.add("write");
      file.write(buffer, position);
    }

    @Override
    public void write(ByteBuffer[] buffers, long position) throws IOException {
      calls.add("write");
      file.write(buffers, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      calls.add("force");
      file.force(metadata);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public boolean tryLock() throws IOException {
      return file.tryLock();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
