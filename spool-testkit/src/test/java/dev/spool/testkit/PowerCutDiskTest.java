package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.DiskFile;
import dev.spool.testkit.PowerCutDisk.PowerFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PowerCutDiskTest {
  private static final int BLOCK = PowerCutDisk.BLOCK;
  private static final Path DIRECTORY = Path.of("/d");
  private static final Path FILE = DIRECTORY.resolve("f");

  private PowerCutDisk disk = new PowerCutDisk(new SplittableRandom(1));

  @BeforeEach
  void makeDirectory() throws IOException {
    disk.createDirectories(DIRECTORY);
  }

  private static ByteBuffer bytes(int value, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }

  private void makeForced(int blocks) throws IOException {
    try (DiskFile file = disk.create(FILE)) {
      file.write(bytes(1, blocks * BLOCK), 0);
      file.force(false);
      disk.forceDirectory(DIRECTORY);
    }
  }

  private byte[] read() throws IOException {
    try (DiskFile file = disk.openRead(FILE)) {
      byte[] all = new byte[(int) file.size()];
      file.readFully(ByteBuffer.wrap(all), 0);
      return all;
    }
  }

  @Test
  void whatWasForcedSurvives() throws IOException {
    makeForced(3);
    for (int i = 0; i < 20; i++) {
      disk.restart();
      assertThat(read()).isEqualTo(bytes(1, 3 * BLOCK).array());
    }
  }

  @Test
  void whatWasWrittenSurvivesTheProcess() throws IOException {
    makeForced(1);
    disk.openWrite(FILE).write(bytes(2, BLOCK), 0);
    disk.kill();
    assertThat(read()).isEqualTo(bytes(2, BLOCK).array());
  }

  /** Old, new, mixed and spoiled blocks are all met, each block for itself. */
  @Test
  void whatWasNotForcedIsFoundInAnyState() throws IOException {
    Set<String> met = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      disk = new PowerCutDisk(new SplittableRandom(seed));
      disk.createDirectories(DIRECTORY);
      makeForced(2);
      disk.openWrite(FILE).write(bytes(2, 2 * BLOCK), 0);
      disk.restart();
      byte[] found = read();
      met.add(state(found, 0) + state(found, BLOCK));
    }
    assertThat(met).contains("oldnew", "newold", "oldold", "newnew", "mixednew", "spoiledold");
  }

  private static String state(byte[] found, int from) {
    Set<Byte> values = new HashSet<>();
    for (int i = 0; i < BLOCK; i++) {
      values.add(found[from + i]);
    }
    return values.size() > 2
        ? "spoiled"
        : values.size() == 2 ? "mixed" : values.contains((byte) 1) ? "old" : "new";
  }

  @Test
  void namesThatWereNotForcedMayBeGone() throws IOException {
    Set<Boolean> met = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      disk = new PowerCutDisk(new SplittableRandom(seed));
      disk.createDirectories(DIRECTORY);
      disk.create(FILE).force(true);
      disk.restart();
      met.add(disk.exists(FILE));
    }
    assertThat(met).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void forceThatFailedHasDroppedWhatItWasToForce() throws IOException {
    makeForced(1);
    DiskFile file = disk.openWrite(FILE);
    file.write(bytes(2, BLOCK), 0);
    disk.failNextForce();
    assertThatThrownBy(() -> file.force(false)).isInstanceOf(IOException.class);
    assertThat(read()).as("what the page cache shows").isEqualTo(bytes(2, BLOCK).array());
    file.force(false);
    disk.restart();
    assertThat(read()).as("what is on the device").isEqualTo(bytes(1, BLOCK).array());
  }

  @Test
  void forceOfADirectoryThatFailedHasDroppedWhatItWasToForce() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      disk = new PowerCutDisk(new SplittableRandom(seed));
      disk.createDirectories(DIRECTORY);
      makeForced(1);
      Path other = DIRECTORY.resolve("g");
      Path changed = DIRECTORY.resolve("h");
      disk.rename(FILE, other);
      disk.create(changed).close();
      disk.failNextDirectoryForce();
      assertThatThrownBy(() -> disk.forceDirectory(DIRECTORY)).isInstanceOf(IOException.class);
      assertThat(disk.exists(other)).as("what the page cache shows").isTrue();
      disk.rename(changed, DIRECTORY.resolve("i"));
      disk.create(DIRECTORY.resolve("j")).close();
      disk.forceDirectory(DIRECTORY);
      disk.restart();
      assertThat(disk.exists(other)).as("what is on the device").isFalse();
      assertThat(disk.exists(FILE)).isTrue();
      assertThat(disk.exists(changed)).as("changed again, and forced").isFalse();
      assertThat(disk.exists(DIRECTORY.resolve("i"))).isTrue();
      assertThat(disk.exists(DIRECTORY.resolve("j"))).as("changed later, and forced").isTrue();
    }
  }

  @Test
  void powerFailsWhenItIsToldTo() throws IOException {
    makeForced(1);
    DiskFile file = disk.openWrite(FILE);
    disk.cutAfter(1);
    file.write(bytes(2, 10), 0);
    assertThatThrownBy(() -> file.write(bytes(3, 10), 0)).isInstanceOf(PowerFailure.class);
    assertThatThrownBy(() -> disk.openRead(FILE)).isInstanceOf(PowerFailure.class);
    disk.restart();
    assertThatThrownBy(() -> file.force(false)).isInstanceOf(IOException.class);
    assertThat(read()).hasSize(BLOCK);
  }

  @Test
  void fullDiskSaysSo() throws IOException {
    disk.capacity(BLOCK);
    DiskFile file = disk.create(FILE);
    file.write(bytes(1, BLOCK), 0);
    assertThatThrownBy(() -> file.write(bytes(1, 1), BLOCK))
        .isInstanceOf(IOException.class)
        .hasMessage("No space left on device");
  }
}
