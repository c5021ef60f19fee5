package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two processes that open at once find a spool that does not keep them apart, or sweeps too much.
 */
class OpeningBitesTest {

  private record Lying(String lie) implements SpoolFixture {
    @Override
    public Set<Trait> traits() {
      return Set.of(Trait.PERSISTENT, Trait.PROCESS_LOCK);
    }

    @Override
    public String uri(Path directory) {
      return "lying:" + directory + "?lie=" + lie;
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return Spools.open(uri(directory));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TAKES_NO_LOCK, the other one",
    "SWEEPS_BEFORE_IT_LOCKS, failures of the owner",
    "SWEEPS_AT_CLEANUP, failures of the owner"
  })
  void liarsAreFoundOut(String lie, String said, @TempDir Path dir) {
    OpeningContract contract = () -> new Lying(lie);
    assertThatThrownBy(() -> contract.oneOfTwoProcessesGetsItAndIsNotDisturbed(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(said);
  }
}
