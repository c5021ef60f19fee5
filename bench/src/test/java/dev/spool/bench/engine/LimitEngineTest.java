package dev.spool.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log that all are compared to is a log: it goes round, and tells old records from new. */
class LimitEngineTest {
  private static final int SEGMENT = 1 << 20;
  private static final int SEGMENTS = 5;
  private static final int SIZE = 100_000;
  private static final int EACH = SEGMENT / (SIZE + 28);

  @TempDir Path directory;

  private LimitEngine open() throws Exception {
    return LimitEngine.open(new Place(directory, 0, 0), SEGMENT, SEGMENT);
  }

  private static byte[] message(int number) {
    byte[] data = new byte[SIZE];
    Arrays.fill(data, (byte) number);
    return data;
  }

  private static Map<SpoolId, byte[]> scan(LimitEngine engine) throws Exception {
    Map<SpoolId, byte[]> seen = new HashMap<>();
    engine.scan((id, data) -> assertThat(seen.put(id, data)).isNull());
    return seen;
  }

  @Test
  void afterGoingRoundAScanShowsTheLastMessagesAndNoneThatIsOverwritten() throws Exception {
    int stored = 3 * SEGMENTS * EACH + EACH / 2;
    try (LimitEngine engine = open()) {
      for (int number = 0; number < stored; number++) {
        engine.store(MessageIds.of(number), message(number), Durability.SYNC).join();
      }
      assertThatThrownBy(() -> engine.load(MessageIds.of(0)).join())
          .hasMessageContaining("overwritten");
    }
    try (LimitEngine engine = open()) {
      Map<SpoolId, byte[]> seen = scan(engine);
      int oldest = stored - (SEGMENTS - 1) * EACH - EACH / 2;
      assertThat(seen).hasSize(stored - oldest);
      for (int number = oldest; number < stored; number++) {
        assertThat(seen.get(MessageIds.of(number))).isEqualTo(message(number));
      }
    }
  }

  @Test
  void anOpeningGoesOnAfterTheNewestSegment() throws Exception {
    for (int number = 0; number < 2 * SEGMENTS; number++) {
      try (LimitEngine engine = open()) {
        engine.store(MessageIds.of(number), message(number), Durability.BUFFERED).join();
      }
    }
    try (LimitEngine engine = open()) {
      assertThat(scan(engine).keySet())
          .containsExactlyInAnyOrder(
              MessageIds.of(5),
              MessageIds.of(6),
              MessageIds.of(7),
              MessageIds.of(8),
              MessageIds.of(9));
    }
  }

  @Test
  void aMessageThatFitsInNoSegmentFailsAndSoDoesWhatFollows() throws Exception {
    try (LimitEngine engine = open()) {
      assertThatThrownBy(
              () -> engine.store(MessageIds.of(1), new byte[SEGMENT], Durability.SYNC).join())
          .hasMessageContaining("does not hold");
      assertThatThrownBy(() -> engine.store(MessageIds.of(2), new byte[1], Durability.SYNC).join())
          .hasMessageContaining("does not hold");
    }
  }

  @Test
  void aMessageThatWasNeverStoredIsNotFound() throws Exception {
    try (LimitEngine engine = open()) {
      assertThatThrownBy(() -> engine.load(MessageIds.of(1)).join())
          .hasMessageContaining("not there");
    }
  }
}
