package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SmallFileTest {
  @TempDir Path directory;

  /** As an owner's file might be, which whoever is refused reads: it would hang there for ever. */
  @Test
  void pipeIsNotWaitedFor() throws Exception {
    makePipe(directory.resolve(ReservedNames.OWNER));
    assertThat(Owner.read(Disk.system(), directory)).isEmpty();
  }

  @Test
  void linkIsNotFollowed() throws IOException {
    Path outside = Files.writeString(directory.resolve("outside"), "somebody else's");
    Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
    assertThatThrownBy(() -> SmallFile.read(Disk.system(), link, 100))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("not a regular file");
  }

  private static void makePipe(Path path) throws IOException, InterruptedException {
    try {
      assertThat(new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor())
          .isZero();
    } catch (IOException e) {
      Required.require(false, "there is no mkfifo here: " + e);
    }
  }
}
