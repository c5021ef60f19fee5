package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A continuation that fails in a way that the JDK does not catch keeps none of the others. */
class CompletionTest {
  private final AtomicInteger told = new AtomicInteger();
  private final CompletableFuture<String> future = new CompletableFuture<>();

  /**
   * Fails whoever wraps it, as the JDK does: there is no future that it could be the failure of.
   */
  @SuppressWarnings("OverrideThrowableToString") // that is what is asked when it is wrapped
  private static final class Unwrappable extends IllegalStateException {
    private static final long serialVersionUID = 1;
    private final transient Error why;

    Unwrappable(Error why) {
      this.why = why;
    }

    @Override
    public String toString() {
      throw why;
    }
  }

  private void add(Error why) {
    var first = future.whenComplete((value, failure) -> told.incrementAndGet());
    var bad =
        future.handle(
            (value, failure) -> {
              throw new Unwrappable(why);
            });
    assertThat(first).isNotDone();
    assertThat(bad).isNotDone();
  }

  private void addAll() {
    for (int i = 0; i < 10; i++) {
      add(new NoClassDefFoundError("expected by the test"));
      add(new OutOfMemoryError("expected by the test"));
    }
  }

  /** JDK 17 lets out what cannot be wrapped; JDK 25 does not. */
  private static void run(Completion<String> completion) {
    try {
      completion.run();
    } catch (NoClassDefFoundError e) {
      assertThat(e).hasMessage("expected by the test");
    }
  }

  @Test
  void everyContinuationIsToldOfASuccess() {
    addAll();
    run(new Completion<>(future, "value", null));
    assertThat(future).isCompletedWithValue("value");
    assertThat(told).hasValue(20);
  }

  @Test
  void everyContinuationIsToldOfAFailure() {
    addAll();
    SpoolException failure = new SpoolException("test", "test", Outcome.UNKNOWN, null);
    run(new Completion<>(future, null, failure));
    assertThat(future).isCompletedExceptionally();
    assertThat(told).hasValue(20);
  }

  /** Else it would spin for as long as there is no memory. */
  @Test
  void threadThatIsInterruptedPausesNevertheless() {
    Thread.currentThread().interrupt();
    long begun = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      Scarcity.pause();
    }
    assertThat(System.nanoTime() - begun)
        .as("as long as it asked for at least")
        .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(50));
    assertThat(Thread.interrupted()).isTrue();
  }
}
