package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Stress;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Power cuts find a spool that says that it has synced, and has not; a kill would not. */
class PowerCutBitesTest {

  /** Spools that lie. */
  private record Lying(LyingProvider.Lie lie) implements SpoolFixture, PowerCutContract {
    @Override
    public SpoolFixture fixture() {
      return this;
    }

    @Override
    public Set<Trait> traits() {
      return Set.of(Trait.PERSISTENT);
    }

    @Override
    public String uri(Path directory) {
      return "lying:" + directory + "?lie=" + lie;
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return Spools.open(uri(directory));
    }

    /** The first one before which it has lied is enough. */
    @Override
    public int powerCuts() {
      return Stress.isLong() ? 300 : 20;
    }
  }

  @Test
  void spoolThatDoesNotSyncIsFoundOut(@TempDir Path dir) {
    isFoundOut(LyingProvider.Lie.SYNCS_NOTHING, dir);
  }

  /** A tenth of the cuts come right after closing, and ext4 may have written everything by then. */
  @Test
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true",
      disabledReason = "skipped: in the long form only, -Pstress")
  void spoolThatDoesNotSyncWhenItClosesIsFoundOut(@TempDir Path dir) {
    isFoundOut(LyingProvider.Lie.CLOSES_NOTHING, dir);
  }

  private static void isFoundOut(LyingProvider.Lie lie, Path dir) {
    assertThatThrownBy(() -> new Lying(lie).powerCutsOnExt4(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }
}
