package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.spool.SpoolException.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class SpoolExceptionTest {
  private static final SpoolId ID = SpoolId.random();

  @Test
  void unwrapTakesWrappersOff() {
    SpoolException failure = new MessageNotFoundException(ID);
    assertThat(SpoolException.unwrap(failure)).isSameAs(failure);
    assertThat(SpoolException.unwrap(new CompletionException(failure))).isSameAs(failure);
    assertThat(SpoolException.unwrap(new ExecutionException(new CompletionException(failure))))
        .isSameAs(failure);
    CompletableFuture<Void> dependent = CompletableFuture.failedFuture(failure).thenRun(() -> {});
    assertThat(dependent.handle((done, seen) -> SpoolException.unwrap(seen)).join())
        .isSameAs(failure);
  }

  @Test
  void unwrapWrapsWhatIsNotTheSpools() {
    for (Throwable foreign :
        List.of(
            new CancellationException(),
            new TimeoutException(),
            new IllegalStateException("x"),
            new StackOverflowError())) {
      SpoolException failure = SpoolException.unwrap(new CompletionException(foreign));
      assertThat(failure).hasCause(foreign);
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    }
  }

  @Test
  void unwrapTakesACompletionExceptionWithoutCause() {
    CompletionException bare = new CompletionException("no cause", null);
    assertThat(SpoolException.unwrap(bare)).hasCause(bare);
  }

  @Test
  void messagesForPeersAreBland() {
    String secret = "/var/spool/secret " + ID;
    List<SpoolException> failures =
        List.of(
            new SpoolUnhealthyException(secret, null),
            new SpoolUnhealthyException(secret, Outcome.UNKNOWN, new IOException(secret)),
            new SpoolFullException(secret, null),
            new SpoolFullException(secret, Outcome.UNKNOWN, null),
            new DeadlineExceededException(secret, Outcome.UNKNOWN),
            new BackpressureTimeoutException(secret, Outcome.NOT_APPLIED),
            new SpoolIOException(secret, new IOException(secret)));
    for (SpoolException failure : failures) {
      assertThat(failure.getMessage()).doesNotContain("secret").doesNotContain(ID.toString());
      assertThat(failure.detail()).isEqualTo(secret);
      assertThat(failure.toString()).contains(failure.getClass().getName()).contains(secret);
    }
  }

  @Test
  void outcomesOfEachType() {
    assertThat(new MessageNotFoundException(ID).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new MessageCorruptException(ID, "x", "y").outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new MessageTooLargeException(2, 1).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new SpoolUnhealthyException("x", null).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new SpoolFullException("x", null).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new SpoolIOException("x", null).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new SpoolIOException("x", Outcome.UNKNOWN, null).outcome())
        .isEqualTo(Outcome.UNKNOWN);
    assertThat(new SpoolClosedException("x").outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new SpoolClosedException("x", Outcome.UNKNOWN).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(new SpoolReadOnlyException("x").outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new SpoolLockedException("x", "y").outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new UnsupportedFormatException("x", "y").outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(new ScanCancelledException().outcome()).isEqualTo(Outcome.NOT_APPLIED);
  }

  @Test
  void detailsNameWhatTheOperatorNeeds() {
    assertThat(new MessageCorruptException(ID, "/p", "bad sum").detail())
        .contains(ID.toString(), "/p", "bad sum");
    assertThat(new MessageTooLargeException(12345, 1000).detail())
        .contains("12345", "1000", "maxMessageSize");
    assertThat(new SpoolLockedException("/p", "pid 42").detail()).contains("/p", "pid 42");
    assertThat(new UnsupportedFormatException("/p", "newer").getMessage()).contains("/p", "newer");
  }

  @Test
  void toStringDoesNotRepeatTheDetail() {
    SpoolException same = new MessageNotFoundException(ID);
    assertThat(same.toString()).containsOnlyOnce(ID.toString());
  }

  @Test
  void fullIsAKindOfUnhealthy() {
    assertThat(new SpoolFullException("x", null)).isInstanceOf(SpoolUnhealthyException.class);
    assertThat(SpoolUnhealthyException.REASON).isEqualTo("the spool is not accepting writes");
  }

  @Test
  @SuppressWarnings("DataFlowIssue")
  void nullDetailAndOutcomeAreRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> new SpoolException("m", null, Outcome.UNKNOWN, null));
    assertThatNullPointerException().isThrownBy(() -> new SpoolException("m", "d", null, null));
  }
}
