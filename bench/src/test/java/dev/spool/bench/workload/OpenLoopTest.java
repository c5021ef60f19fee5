package dev.spool.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.EngineType.Style;
import dev.spool.bench.workload.OpenLoop.Plan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenLoopTest {
  @TempDir Path directory;

  /** Answers nothing from one message to another, and then the newest first. */
  private static final class Hangs implements Engine {
    private static final int FIRST = 40;
    private static final int LAST = 60;

    private final Deque<CompletableFuture<Void>> waiting = new ArrayDeque<>();
    private int stores;
    private long since;
    private double seconds;

    @Override
    public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
      int number = stores++;
      if (number < FIRST || number > LAST) {
        waiting.forEach(answer -> answer.complete(null));
        waiting.clear();
        return CompletableFuture.completedFuture(null);
      }
      if (number == FIRST) {
        since = System.nanoTime();
      }
      if (number < LAST) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        waiting.push(answer);
        return answer;
      }
      seconds = (System.nanoTime() - since) / 1e9;
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> remove(SpoolId id) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }

  @Test
  void aStoreThatAnswersTheNewestFirstHasHungForAsLongAsTheOldestWaited() throws Exception {
    Hangs engine = new Hangs();
    EngineType type =
        new EngineType("hangs", "for tests", Style.ASYNC, Hangs.class, place -> engine);
    Duration interval = Duration.ofMillis(100);

    Timeline seen =
        OpenLoop.run(
            type,
            new Place(directory, 0, 0),
            new Plan(200, 10, Duration.ofMillis(400), interval, Duration.ofMillis(50)));

    assertThat(seen.longestGap()).isGreaterThanOrEqualTo(engine.seconds);
    assertThat(seen.stalls()).isNotEmpty();
  }
}
