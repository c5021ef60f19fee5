package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.ShortageContract;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract finds a spool that heeds no threshold, and so stops for nothing but the file system
 * itself.
 */
@Tag("same-on-any-jdk")
@EnabledIfSystemProperty(
    named = "spool.stress",
    matches = "true", // it waits for what never comes
    disabledReason = "skipped: in the long form only, -Pstress")
class ShortageBitesTest {
  private static final ShortageContract UNGUARDED =
      () ->
          new DirectoryFixture(
              (directory, settings, callbacks, disk) -> {
                Map<String, String> heeded = new HashMap<>(settings);
                heeded.putAll(Map.of("minFreeSpace", "0", "minFreeInodes", "0"));
                return FileSpool.builder(directory).settings(heeded).open();
              });

  @Test
  void bytes(@TempDir Path dir) {
    assertThatThrownBy(() -> UNGUARDED.storesStopBeforeBytesAreUsedUp(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("stores have not stopped");
  }

  @Test
  void inodes(@TempDir Path dir) {
    assertThatThrownBy(() -> UNGUARDED.storesStopBeforeInodesAreUsedUp(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("stores have not stopped");
  }
}
