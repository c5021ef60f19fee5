package dev.spool.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Messages are stored at an even pace, and delivered when they are due, whatever the pace is. */
class MailTimesTest {
  private static final long BEGIN = Long.MAX_VALUE - 5; // the clock may overflow
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void soManyAreStoredEachSecond() {
    MailTimes times = new MailTimes(BEGIN, 10);
    int stores = 0;
    for (int millis = 0; millis < 3000; millis++) {
      stores += times.takeStore(BEGIN + TimeUnit.MILLISECONDS.toNanos(millis)) ? 1 : 0;
    }
    assertThat(stores).isEqualTo(30);
    assertThat(times.takeStore(BEGIN + 3 * SECOND)).isTrue();
    assertThat(times.takeStore(BEGIN + 3 * SECOND)).isFalse();
  }

  @Test
  void messageIsDueAtItsTimeAndOnce() {
    MailTimes times = new MailTimes(BEGIN, 10);
    SpoolId later = SpoolId.random();
    SpoolId sooner = SpoolId.random();
    times.deliver(later, BEGIN + 2 * SECOND);
    times.deliver(sooner, BEGIN + SECOND);

    assertThat(times.takeDue(BEGIN + SECOND - 1)).isNull();
    assertThat(times.takeDue(BEGIN + SECOND)).isEqualTo(sooner);
    assertThat(times.takeDue(BEGIN + SECOND)).isNull();
    assertThat(times.takeDue(BEGIN + 2 * SECOND)).isEqualTo(later);
    assertThat(times.takeDue(BEGIN + 9 * SECOND)).isNull();
  }

  /** Else a disk that cannot keep up is only ever filled. */
  @Test
  void nothingIsStoredBeforeWhatIsDue() {
    MailTimes times = new MailTimes(BEGIN, Pace.FASTEST);
    times.deliver(SpoolId.random(), BEGIN + SECOND);

    assertThat(times.takeStore(BEGIN + SECOND - 1)).isTrue();
    assertThat(times.takeStore(BEGIN + SECOND)).isFalse();
    assertThat(times.takeDue(BEGIN + SECOND)).isNotNull();
    assertThat(times.takeStore(BEGIN + SECOND)).isTrue();
  }
}
