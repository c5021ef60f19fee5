package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A file is written over when nothing and nobody needs what is in it. */
class RecycledFilesTest {
  private static final Path FILE = Path.of("tmp", "1.tmp");
  private static final Path OTHER = Path.of("tmp", "2.tmp");

  private final RecycledFiles files = new RecycledFiles(true);

  @Test
  void waitsForAForceThatBeganAfterItLostItsName() {
    files.add(7, FILE);
    List<Path> begunBefore = files.forcing(7);
    files.add(7, OTHER);
    assertThat(files.take(true)).isNull();
    files.forced(begunBefore);
    assertThat(files.take(true)).isEqualTo(FILE);
    assertThat(files.take(true)).isNull();
  }

  @Test
  void waitsForAForceOfItsOwnDirectory() {
    files.add(7, FILE);
    files.forced(files.forcing(8));
    assertThat(files.take(true)).isNull();
  }

  @Test
  void waitsForWhoReadsIt() {
    int reading = files.readers().begin();
    force(FILE);
    assertThat(files.take(true)).isNull();
    int begunLater = files.readers().begin();
    assertThat(files.take(true)).isNull();
    files.readers().end(reading);
    assertThat(files.take(true)).isEqualTo(FILE);
    files.readers().end(begunLater);
  }

  @Test
  void isNotGivenToWhoDoesNotForceIt() {
    force(FILE);
    assertThat(files.take(false)).isNull();
    assertThat(files.take(true)).isEqualTo(FILE);
  }

  @Test
  void isNeverUsedAgainAfterAForceThatFailed() {
    files.add(7, FILE);
    files.forget(files.forcing(7));
    files.forced(files.forcing(7));
    assertThat(files.take(true)).isNull();
    assertThat(files.takeAll()).isEmpty();
  }

  @Test
  void areBoundedInNumberAndSize() {
    assertThat(files.wants(16 << 10)).isTrue();
    assertThat(files.wants((16 << 10) + 1)).isFalse();
    for (int i = 0; files.wants(4096); i++) {
      assertThat(i).isLessThan(4096);
      files.add(i % 10, Path.of("tmp", i + ".tmp"));
    }
    assertThat(files.dueSlots()).hasSize(10);
    assertThat(files.takeAll()).hasSize(4096);
  }

  @Test
  void areKeptOnlyWhereThatIsAskedFor() {
    assertThat(new RecycledFiles(false).wants(1)).isFalse();
  }

  private void force(Path file) {
    files.add(7, file);
    files.forced(files.forcing(7));
  }
}
