package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

final class StorageWarningsTest {
  private static final Path SPOOL = Path.of("/var/spool/x");

  private static Disk disk(String permissions, String type) {
    return new ForwardingDisk() {
      @Override
      public Set<PosixFilePermission> permissions(Path path) {
        return PosixFilePermissions.fromString(permissions);
      }

      @Override
      public String fileSystemType(Path path) throws IOException {
        if (type.isEmpty()) {
          throw new IOException("Mount point not found");
        }
        return type;
      }
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.glusterfs", "9p", "ceph"})
  void networkFileSystemsDecideWhatSyncMeans(String type) {
    assertThat(StorageWarnings.fileSystem(SPOOL, type).orElseThrow())
        .contains("/var/spool/x", type, "what the server makes of it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "overlay", "ramfs"})
  void onFileSystemsInMemorySyncMeansNothing(String type) {
    assertThat(StorageWarnings.fileSystem(SPOOL, type).orElseThrow())
        .contains("/var/spool/x", type, "SYNC means nothing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs", "zfs", "apfs", "fuseblk"})
  void localFileSystemsAreFine(String type) {
    assertThat(StorageWarnings.fileSystem(SPOOL, type)).isEmpty();
  }

  @Test
  void thereIsOneWarningForEachThatIsAmiss() {
    LogLines log = new LogLines();
    StorageWarnings.log(disk("rwxr-xr-x", "nfs4"), SPOOL, log);
    assertThat(log.take())
        .hasSize(2)
        .allMatch(line -> line.level() == Level.WARN)
        .anyMatch(line -> line.text().contains("can be read by everybody"))
        .anyMatch(line -> line.text().contains("nfs4"));
    StorageWarnings.log(disk("rwxr-x---", "ext4"), SPOOL, log);
    assertThat(log.take()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwx----w-", "rwxrwxrwx", "rwxrwx-wx"})
  void aSpoolThatEverybodyCanChangeIsWarnedOf(String permissions) {
    LogLines log = new LogLines();
    StorageWarnings.log(disk(permissions, "ext4"), SPOOL, log);
    assertThat(log.take())
        .singleElement()
        .satisfies(line -> assertThat(line.level()).isEqualTo(Level.WARN))
        .satisfies(line -> assertThat(line.text()).contains("can be changed by everybody"));
  }

  @Test
  void anUnknownFileSystemIsNoReasonToWarn() {
    LogLines log = new LogLines();
    StorageWarnings.log(disk("rwx------", ""), SPOOL, log);
    assertThat(log.take()).noneMatch(line -> line.level() == Level.WARN);
  }
}
