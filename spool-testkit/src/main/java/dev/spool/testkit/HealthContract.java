package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A spool tells how it is, to peers blandly, to its operator in full. */
public interface HealthContract extends BackendContract {

  /** A new spool is healthy, and has nothing to tell a peer. */
  @Test
  default void newSpoolIsHealthy(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolHealth health = spool.health();
      assertThat(health.state()).isEqualTo(SpoolHealth.State.HEALTHY);
      assertThat(health.reason()).isNull();
      assertThat(health.cause()).isNull();
      assertThat(health.since()).isBeforeOrEqualTo(Instant.now().plus(Duration.ofMinutes(1)));
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  /**
   * What is the caller's own affair, such as asking for an absent message, makes no spool
   * unhealthy.
   */
  @Test
  default void callersMistakesAreNoIllness(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      for (int i = 0; i < 20; i++) {
        Check.failure(MessageNotFoundException.class, spool.load(SpoolId.random()));
        Check.failure(
            spool.store(
                SpoolId.random(),
                Messages.of(i, 10),
                Durability.SYNC,
                Deadline.after(Duration.ZERO)));
        spool.load(SpoolId.random()).cancel(true);
      }
      assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.HEALTHY);
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  /** What a peer may be shown once the spool takes no stores is one constant, without paths. */
  @Test
  default void reasonForPeersIsAConstant(@TempDir Path dir) {
    Spool one = open(dir.resolve("one"));
    Spool two = open(dir.resolve("two"));
    one.close();
    two.close();
    String reason = one.unhealthyReason();
    assertThat(reason).isNotBlank().doesNotContain(dir.toString()).isSameAs(one.unhealthyReason());
    assertThat(two.unhealthyReason()).isEqualTo(reason);
  }

  /** A closed spool says so, and since when. */
  @Test
  default void closedSpoolSaysSo(@TempDir Path dir) {
    Spool spool = open(dir);
    Instant before = Instant.now().minus(Duration.ofMinutes(1));
    spool.close();
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
    assertThat(spool.health().since()).isAfter(before);
  }

  /** Figures have a name each, a sentence, and the backend's scheme. */
  @Test
  default void figuresAreWellFormed(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, Messages.mixed(1, 20, 1000));
      Check.list(spool);
      SpoolStats stats = spool.stats();
      assertThat(stats.name()).isNotBlank();
      assertThat(fixture().uri(dir)).startsWith(stats.backend() + ":");
      List<String> names = stats.figures().stream().map(SpoolStats.Figure::name).toList();
      assertThat(names)
          .doesNotHaveDuplicates()
          .allMatch(name -> name.matches("[a-z0-9]+(\\.[a-z0-9]+)*"));
      assertThat(stats.figures()).allMatch(figure -> !figure.description().isBlank());
    }
  }

  /** Counters do not go down while the spool is open, and figures can be read after the end. */
  @Test
  default void countersOnlyGrow(@TempDir Path dir) {
    Spool spool = open(dir);
    SpoolStats before = spool.stats();
    Check.storeAll(spool, Messages.mixed(2, 50, 1000));
    Check.enumerate(spool);
    SpoolStats after = spool.stats();
    for (SpoolStats.Figure figure : before.figures()) {
      if (figure.kind() == SpoolStats.Kind.COUNTER) {
        assertThat(after.value(figure.name()).orElse(-1))
            .as(figure.name())
            .isGreaterThanOrEqualTo(figure.value());
      }
    }
    spool.close();
    for (SpoolStats.Figure figure : after.figures()) {
      assertThat(spool.stats().value(figure.name()))
          .as(figure.name() + ", after the end")
          .isPresent();
    }
  }
}
