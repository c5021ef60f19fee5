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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
      return 20;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LyingProvider.Lie.class,
      names = {"SYNCS_NOTHING", "CLOSES_NOTHING"})
  void spoolThatDoesNotSyncIsFoundOut(LyingProvider.Lie lie, @TempDir Path dir) {
    assertThatThrownBy(() -> new Lying(lie).powerCutsOnExt4(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }
}
