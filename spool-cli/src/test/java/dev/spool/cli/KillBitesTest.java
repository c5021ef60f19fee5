package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills find a spool that loses nothing, as it takes nothing any more. */
@Tag("same-on-any-jdk")
class KillBitesTest {

  /** A spool that is ill, without a reason, whenever it was opened again. */
  private static final class Shedding implements SpoolFixture, KillContract {
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
      return "lying:" + directory + "?lie=" + LyingProvider.Lie.SHEDS_AFTER_REOPENING;
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return Spools.open(uri(directory));
    }

    @Override
    public int kills() {
      return 2;
    }
  }

  @Test
  void spoolThatTakesNothingAnyMoreIsFoundOut(@TempDir Path dir) {
    assertThatThrownBy(() -> new Shedding().killedProcessesKeepTheirPromises(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("SpoolUnhealthyException");
  }
}
