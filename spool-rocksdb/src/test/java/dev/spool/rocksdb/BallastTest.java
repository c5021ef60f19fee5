package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BallastTest {
  @Test
  void howMuchHasToBeFreeForItIsSaid(@TempDir Path directory) throws IOException {
    Ballast ballast = new Ballast(Disk.system(), directory.resolve("BALLAST"), 1L << 60);
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.NO_ROOM);
    assertThat(ballast.need())
        .matches(
            "\\d+ bytes are free, and 11529\\d+ have to be:"
                + " the setting ballast=1152921504606846976, .*");
  }
}
