package org.example.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills the process, or cuts the power, at every moment between two steps of accepting and
 * delivering, and again at every moment of the recovery.
 */
@Tag("same-on-any-jdk")
class CrashPointsTest {
  private static final List<String> MESSAGES = List.of("one", "two", "three");

  static Envelope envelope(String sender) {
    return new Envelope(
        sender + "@example.org",
        List.of("recipient@example.org"),
        "client.example.org",
        "127.0.0.1",
        Instant.parse("2026-11-21T08:00:00Z"));
  }

  /** What becomes of what was only BUFFERED. */
  private enum Death {
    OF_THE_PROCESS(false, false),
    OF_THE_POWER(true, true),
    OF_THE_POWER_ENVELOPES_LOSE(true, false),
    OF_THE_POWER_BODIES_LOSE(false, true);

    final boolean envelopesLose;
    final boolean bodiesLose;

    Death(boolean envelopesLose, boolean bodiesLose) {
      this.envelopesLose = envelopesLose;
      this.bodiesLose = bodiesLose;
    }
  }

  /** What outlives the crashes: the spools, and what the world outside has seen. */
  private static final class World implements AutoCloseable {
    final Spool envelopes = MemorySpool.open();
    final Spool bodies = MemorySpool.open();
    final Set<String> acknowledged = new HashSet<>();
    final Map<String, Integer> delivered = new LinkedHashMap<>();

    /** One life of the server; tells whether it came to its end. */
    boolean live(int crashAt, Death death, List<String> messages) throws IOException {
      CrashPoints points = new CrashPoints(crashAt);
      try {
        MailStore store =
            new MailStore(
                points.wrap(envelopes, death.envelopesLose), points.wrap(bodies, death.bodiesLose));
        Courier courier = new Courier(store, mail -> deliver(points, mail), Receivers.settings());
        store.collectOrphans();
        List<SpoolId> waiting = new ArrayList<>();
        store.forEach(waiting::add);
        for (String message : messages) {
          waiting.add(
              store.accept(
                  envelope(message), message.getBytes(UTF_8), Deadline.after(Duration.ofDays(1))));
          points.pass();
          acknowledged.add(message);
        }
        for (SpoolId id : waiting) {
          courier.deliver(id);
        }
        return true;
      } catch (CrashPoints.Crash e) {
        return false;
      } finally {
        Receivers.laterThan(SpoolId.random()); // the next life begins later
      }
    }

    private void deliver(CrashPoints points, Mail mail) {
      points.pass();
      String message = new String(mail.body(), UTF_8);
      assertThat(MESSAGES).as("delivered is only what was sent, whole").contains(message);
      assertThat(mail.envelope()).isEqualTo(envelope(message));
      delivered.merge(message, 1, Integer::sum);
      points.pass();
    }

    void check(int crashes) {
      assertThat(delivered.keySet()).containsAll(acknowledged);
      assertThat(delivered.values()).allMatch(times -> times <= 1 + crashes);
      assertThat(Receivers.ids(envelopes)).isEmpty();
      assertThat(Receivers.ids(bodies)).as("orphans").isEmpty();
    }

    /** There are thousands of worlds, and each spool has a thread. */
    @Override
    public void close() {
      envelopes.close();
      bodies.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingAcknowledgedIsLostAndNoOrphanStays(Death death) throws IOException {
    int crashes = 0;
    for (int first = 0; true; first++) {
      try (World world = new World()) {
        if (world.live(first, death, MESSAGES)) {
          break; // there are not so many moments
        }
      }
      boolean recovered = false;
      for (int second = 0; !recovered; second++) {
        try (World world = new World()) {
          assertThat(world.live(first, death, MESSAGES)).isFalse();
          recovered = world.live(second, death, List.of());
          crashes++;
          if (!recovered) {
            assertThat(world.live(-1, death, List.of())).isTrue();
          }
          world.check(recovered ? 1 : 2);
        }
      }
    }
    assertThat(crashes).as("moments that were tried").isGreaterThan(100);
  }
}
