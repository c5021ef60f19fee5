package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.ClockContract;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A clock that steps finds a spool that goes by it. */
@Tag("same-on-any-jdk")
class ClockBitesTest {

  private record Fixture(String does) implements SpoolFixture {
    @Override
    public Set<Trait> traits() {
      return Set.of(Trait.PERSISTENT, Trait.ADMISSION);
    }

    @Override
    public String uri(Path directory) {
      return "clock:" + directory + "?does=" + does;
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return Spools.open(uri(directory));
    }
  }

  @Test
  void messagesThatAreRemovedByTheClock(@TempDir Path dir) {
    ClockContract contract = () -> new Fixture("CLEANS_UP");
    assertThatThrownBy(() -> contract.stepsOfTheClockLoseNothing(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("MessageNotFoundException");
  }

  @ParameterizedTest
  @CsvSource({"GIVES_UP, a deadline of 700 ms", "FORGIVES, let go"})
  void deadlinesAndLatchesByTheClock(String does, String said, @TempDir Path dir) {
    ClockContract contract = () -> new Fixture(does);
    assertThatThrownBy(() -> contract.stepsOfTheClockMoveNoDeadlineAndNoLatch(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(said);
  }
}
