package dev.spool.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A share is one of what the first life has come to, whatever those after it come to. */
class PaceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void livesAfterTheFirstGoAtTheShare() {
    Pace pace = new Pace(MailRate.parse("70%"));
    assertThat(pace.rate()).isEqualTo(Pace.FASTEST);
    assertThat(pace.held()).as("nothing is measured yet").isNull();

    pace.lived(8000, 10 * SECOND);
    assertThat(pace.rate()).isEqualTo(560);
    pace.lived(5000, 10 * SECOND);
    pace.lived(2500, 5 * SECOND);

    assertThat(pace.rate()).as("not a share of a share").isEqualTo(560);
    Verdict.Held held = Objects.requireNonNull(pace.held());
    assertThat(held).isEqualTo(new Verdict.Held(800, 70, 560, 500));
    assertThat(held).hasToString("800 messages a second at most; 70 % are 560, 500 held");
  }

  @Test
  void numberIsHeldFromTheFirstLifeOn() {
    Pace pace = new Pace(MailRate.parse("200"));
    assertThat(pace.rate()).isEqualTo(200);

    pace.lived(8000, 10 * SECOND);

    assertThat(pace.rate()).isEqualTo(200);
    assertThat(pace.held()).isNull();
  }

  @Test
  void shareOfNothingIsStillMail() {
    Pace pace = new Pace(MailRate.parse("1%"));
    pace.lived(0, SECOND);
    assertThat(pace.rate()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%", "0%", "101%", "-1", "1.5", "70 %", "many", "12345678901"})
  void whatIsNoRateIsRefused(String text) {
    assertThatThrownBy(() -> MailRate.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
