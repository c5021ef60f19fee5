package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyDiskTest {
  @TempDir Path dir;
  private final FaultyDisk disk = new FaultyDisk(Disk.system());
  private final IOException planned = new IOException("a test's");

  @Test
  void withoutAFaultEverythingGoesThrough() throws IOException {
    Path file = dir.resolve("file");
    write(file, 100);
    disk.rename(file, dir.resolve("renamed"));
    disk.forceDirectory(dir);
    assertThat(Files.size(dir.resolve("renamed"))).isEqualTo(100);
    assertThat(disk.facts(dir.resolve("renamed"))).isNotNull();
    assertThat(disk.exists(file)).isFalse();
    assertThat(disk.deleteIfExists(dir.resolve("renamed"))).isTrue();
    assertThat(disk.createDirectory(dir.resolve("sub"))).isTrue();
    disk.createDirectories(dir.resolve("a/b"));
    disk.list(dir, entry -> true);
    assertThat(disk.space(dir).totalBytes()).isPositive();
    assertThat(disk.count(Operation.WRITE)).isEqualTo(1);
    assertThat(disk.count(Operation.FORCE)).isEqualTo(1);
    assertThat(disk.count(Operation.RENAME)).isEqualTo(1);
    assertThat(disk.count(Operation.CREATE_DIRECTORY)).isEqualTo(2);
    assertThat(disk.count(Operation.READ)).isZero();
  }

  @Test
  void whatIsDoneByAnOpenDirectoryFailsToo() throws IOException {
    write(dir.resolve("file"), 10);
    disk.failNext(Operation.OPEN, dir::equals, planned);
    assertThatThrownBy(() -> disk.openDirectory(dir)).isSameAs(planned);
    DiskDirectory open = disk.openDirectory(dir);
    disk.failNext(Operation.ASK, planned);
    assertThatThrownBy(() -> open.facts("file")).isSameAs(planned);
    assertThat(open.facts("file").length()).isEqualTo(10);
    disk.failNext(Operation.OPEN, path -> path.endsWith("file"), planned);
    assertThatThrownBy(() -> open.openRead("file")).isSameAs(planned);
    try (DiskFile file = open.openRead("file")) {
      disk.failNext(Operation.READ, planned);
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(10), 0)).isSameAs(planned);
      assertThat(file.read(ByteBuffer.allocate(10), 0)).isEqualTo(10);
    }
    disk.failNext(Operation.CLOSE, planned);
    assertThatThrownBy(open::close).isSameAs(planned);
  }

  @Test
  void nextOperationOfAKindFailsOnce() throws IOException {
    disk.failNext(Operation.FORCE, planned);
    assertThatThrownBy(() -> write(dir.resolve("one"), 10)).isSameAs(planned);
    write(dir.resolve("two"), 10);
    assertThat(disk.count(Operation.FORCE)).isEqualTo(2);
  }

  @Test
  void operationThatFailsDoesNotReachTheDisk() {
    disk.failNext(Operation.CREATE, planned);
    assertThatThrownBy(() -> write(dir.resolve("file"), 10)).isSameAs(planned);
    assertThat(dir.resolve("file")).doesNotExist();
  }

  @Test
  void failsOnSuchAPathOnly() throws IOException {
    disk.failNext(Operation.WRITE, path -> path.endsWith("two"), planned);
    write(dir.resolve("one"), 10);
    assertThatThrownBy(() -> write(dir.resolve("two"), 10)).isSameAs(planned);
  }

  @Test
  void failsUntilItIsHealed() throws IOException {
    disk.failAll(Operation.WRITE, () -> new IOException("No space left on device"));
    for (int i = 0; i < 3; i++) {
      Path file = dir.resolve("file" + i);
      assertThatThrownBy(() -> write(file, 10)).hasMessage("No space left on device");
    }
    disk.heal();
    write(dir.resolve("last"), 10);
  }

  @Test
  void tornWriteLeavesHalf() throws IOException {
    disk.tearNextWrite(planned);
    assertThatThrownBy(() -> write(dir.resolve("one"), 100)).isSameAs(planned);
    assertThat(Files.size(dir.resolve("one"))).isEqualTo(50);
    disk.tearNextWrite(planned);
    try (DiskFile file = disk.create(dir.resolve("two"))) {
      ByteBuffer[] buffers = {
        ByteBuffer.allocate(40), ByteBuffer.allocate(40), ByteBuffer.allocate(40)
      };
      assertThatThrownBy(() -> file.write(buffers, 0)).isSameAs(planned);
    }
    assertThat(Files.size(dir.resolve("two"))).isEqualTo(40);
  }

  @Test
  void nthOperationFailsWhateverItIs() throws IOException {
    Path path = dir.resolve("file");
    long before = disk.operations();
    write(path, 10);
    assertThat(disk.operations() - before).as("create, write, force, close").isEqualTo(4);
    for (int n = 1; n <= 4; n++) {
      assertThat(disk.deleteIfExists(path)).isTrue();
      disk.failNth(n, false, () -> planned);
      assertThatThrownBy(() -> write(path, 10)).as("operation " + n).isSameAs(planned);
      write(dir.resolve("other-" + n), 10);
      if (n == 1) {
        write(path, 10); // it had not been created
      }
    }
    disk.failNth(1, true, () -> planned);
    assertThatThrownBy(() -> disk.exists(path)).isSameAs(planned);
    assertThatThrownBy(() -> disk.exists(path)).isSameAs(planned);
    disk.heal();
    assertThat(disk.exists(path)).isTrue();
  }

  @Test
  void nthWriteIsCutShort() throws IOException {
    disk.tearNthWrite(2, () -> planned);
    write(dir.resolve("whole"), 10);
    assertThatThrownBy(() -> write(dir.resolve("half"), 10)).isSameAs(planned);
    assertThat(Files.size(dir.resolve("whole"))).isEqualTo(10);
    assertThat(Files.size(dir.resolve("half"))).isEqualTo(5);
  }

  @Test
  void closeThatFailsHasClosed() throws IOException {
    DiskFile file = disk.create(dir.resolve("file"));
    disk.failNext(Operation.CLOSE, planned);
    assertThatThrownBy(file::close).isSameAs(planned);
    assertThatThrownBy(() -> file.force(false)).isInstanceOf(IOException.class);
  }

  @Test
  void spaceIsPretended() throws IOException {
    DiskSpace full = new DiskSpace(1000, 0, 10, 0);
    disk.space(full);
    assertThat(disk.space(dir)).isEqualTo(full);
    disk.heal();
    assertThat(disk.space(dir)).isNotEqualTo(full);
  }

  @Test
  void stalledOperationGoesOnWhenReleased() {
    disk.stall(Operation.FORCE);
    CompletableFuture<Void> writing = Threads.run(() -> write(dir.resolve("file"), 10));
    disk.awaitStalled();
    assertThat(writing).isNotDone();
    assertThat(disk.count(Operation.WRITE)).isEqualTo(1);
    disk.release();
    Check.get(writing);
  }

  @Test
  void nthOperationIsHeldWhateverItIs() throws IOException {
    disk.holdNth(3);
    CompletableFuture<Void> writing = Threads.run(() -> write(dir.resolve("file"), 10));
    disk.awaitStalled();
    assertThat(writing).isNotDone();
    assertThat(disk.operations()).as("create, write, and force").isEqualTo(3);
    write(dir.resolve("other"), 10);
    disk.release();
    Check.get(writing);
  }

  private void write(Path path, int length) throws IOException {
    try (DiskFile file = disk.create(path)) {
      file.write(ByteBuffer.allocate(length), 0);
      file.force(false);
    }
  }
}
