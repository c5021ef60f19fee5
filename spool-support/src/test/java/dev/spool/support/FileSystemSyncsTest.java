package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** Where all files of a file system can be forced at once, and where they are not. */
class FileSystemSyncsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"5.17.0", "5.18-rc1", "6.1.0-18-amd64", "6.18.44", "10.0"})
  void kernelsThatTellWhatFailed(String version) {
    assertThat(FileSystemSyncs.isRecent(version)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.16.20", "5.4.0-150-generic", "4.19", "3.10.0-1160.el7", "", "seven"})
  void kernelsThatMayNot(String version) {
    assertThat(FileSystemSyncs.isRecent(version)).isFalse();
  }

  /** Which of the two it is depends on where this runs. */
  @Test
  void isOpenedOnTheTypesOfFileSystemsThatWereTriedAndOnNoOthers() throws IOException {
    String type = Files.getFileStore(dir).type();
    boolean suitable =
        Set.of("ext4", "xfs").contains(type)
            && FileSystemSyncs.isRecent(System.getProperty("os.version"));
    try (DiskSync sync = new FileSystemSyncs().open(dir)) {
      if (sync != null) {
        assertThat(suitable).as("%s", type).isTrue();
        Files.writeString(dir.resolve("file"), "to be forced");
        assertThat(sync.force()).isTrue();
      }
    }
  }

  @Test
  void aFailureIsToldOnceForEachPause() {
    LogLines log = new LogLines();
    FileSystemSyncs syncs = new FileSystemSyncs(log);
    long begun = System.nanoTime();
    syncs.ended(dir, 0, begun, begun + 1);
    assertThat(log.take()).isEmpty();
    syncs.ended(dir, 5, begun, begun + 1);
    syncs.ended(dir, 5, begun, begun + 2); // that of another thread
    assertThat(log.take())
        .singleElement()
        .satisfies(line -> assertThat(line.level()).isEqualTo(Level.WARN))
        .satisfies(line -> assertThat(line.text()).contains(dir.toString(), "error 5"));
    syncs.ended(dir, 28, begun, begun + MINUTE + 3);
    assertThat(log.take())
        .singleElement()
        .satisfies(line -> assertThat(line.text()).contains("error 28"));
  }

  @Test
  void thePauseAfterAFailureIsNotCutShortByASlowOne() {
    FileSystemSyncs syncs = new FileSystemSyncs(new LogLines());
    long begun = System.nanoTime();
    assertThat(syncs.isResting(begun)).isFalse();
    syncs.ended(dir, 5, begun, begun);
    syncs.ended(dir, 0, begun, begun + SECOND); // which is followed by 20 s
    assertThat(syncs.isResting(begun + MINUTE - 1)).isTrue();
    assertThat(syncs.isResting(begun + MINUTE)).isFalse();
  }

  @Test
  void theErrorIsThatOfTheCall() {
    Required.require(NativeCalls.tellInodes(), "the C library cannot be called");
    assertThat(NativeCalls.syncFileSystem(-1)).isEqualTo(Errno.EBADF.number());
  }

  @Test
  void isNotOpenedInMemoryOrWhereThereIsNothing() {
    try (DiskSync missing = new FileSystemSyncs().open(dir.resolve("missing"));
        DiskSync memory = new FileSystemSyncs().open(Path.of("/proc"))) {
      assertThat(missing).isNull();
      assertThat(memory).isNull();
    }
  }
}
