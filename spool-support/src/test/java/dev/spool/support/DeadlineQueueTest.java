package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlineQueueTest {
  private static final long TIMEOUT = 1_000_000_000;

  private final LocalSpool spool =
      new ScriptedSpool(new ScriptedSpool.Builder(), new ScriptedEngine());
  private final DeadlineQueue queue = new DeadlineQueue(TIMEOUT);

  @AfterEach
  void close() {
    spool.close();
  }

  private Call<?> call() {
    long now = System.nanoTime();
    while (System.nanoTime() == now) {
      Thread.onSpinWait();
    }
    return new LoadCall(spool, SpoolId.random());
  }

  /** Behind a younger one it would be looked at only when that is overdue, too. */
  @Test
  void callThatIsPutBackIsOverdueTheNextTimeAgain() {
    Call<?> old = call();
    Call<?> young = call();
    queue.add(old);
    queue.add(young);
    long overdue = old.begun + TIMEOUT;
    assertThat(queue.expired(overdue)).isEqualTo(List.of(old));
    queue.addFirst(old);
    assertThat(queue.expired(overdue)).isEqualTo(List.of(old));
    queue.addFirst(old);
    queue.remove(old);
    assertThat(queue.expired(young.begun + TIMEOUT)).isEqualTo(List.of(young));
    queue.addFirst(young);
    assertThat(queue.expired(young.begun + TIMEOUT)).isEqualTo(List.of(young));
    assertThat(queue.expired(Long.MAX_VALUE)).isEmpty();
  }
}
