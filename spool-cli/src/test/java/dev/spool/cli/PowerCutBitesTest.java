package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Power cuts find a spool that says SYNC and has not synced; a kill would not. */
class PowerCutBitesTest {
  private static final SpoolFixture LYING =
      new SpoolFixture() {
        @Override
        public Set<Trait> traits() {
          return Set.of(Trait.PERSISTENT);
        }

        @Override
        public String uri(Path directory) {
          return "lying:" + directory + "?lie=SYNCS_NOTHING";
        }

        @Override
        public Spool open(
            Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
          return Spools.open(uri(directory));
        }
      };

  @Test
  void spoolThatDoesNotSyncIsFoundOut(@TempDir Path dir) {
    PowerCutContract contract =
        new PowerCutContract() {
          @Override
          public SpoolFixture fixture() {
            return LYING;
          }

          /** The first one before which something was acknowledged is enough. */
          @Override
          public int powerCuts() {
            return 10;
          }
        };
    assertThatThrownBy(() -> contract.powerCutsOnExt4(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }
}
