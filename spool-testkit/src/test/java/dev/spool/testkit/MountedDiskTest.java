package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A loop device is handed back as it was. It takes Linux and root. */
class MountedDiskTest {
  @TempDir Path dir;

  @Test
  void loopDeviceTakesLargeRequestsAgainOnceItIsUnmounted() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      String source = "/sys/dev/block/" + numberOf(disk.directory());
      Path limit = Path.of(source, "queue", "max_sectors_kb");
      String before = Files.readString(limit).strip();
      Files.writeString(limit, "512");
      disk.writePageByPage();
      assertThat(limit).content().isEqualToIgnoringNewLines("4");
      // With a file open the device stays this test's own.
      try (var file = Files.newOutputStream(disk.directory().resolve("open"))) {
        file.write(1);
        disk.unmount();
        assertThat(limit).content().isEqualToIgnoringNewLines("512");
      } finally {
        Files.writeString(limit, before);
      }
    }
  }

  private static String numberOf(Path mounted) throws IOException {
    return Command.run("findmnt", "-n", "-o", "MAJ:MIN", mounted.toString()).strip();
  }
}
