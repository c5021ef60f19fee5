package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where all files of a file system can be forced at once, and where they are not. */
class FileSystemSyncsTest {
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
  void isNotOpenedInMemoryOrWhereThereIsNothing() {
    try (DiskSync missing = new FileSystemSyncs().open(dir.resolve("missing"));
        DiskSync memory = new FileSystemSyncs().open(Path.of("/proc"))) {
      assertThat(missing).isNull();
      assertThat(memory).isNull();
    }
  }
}
