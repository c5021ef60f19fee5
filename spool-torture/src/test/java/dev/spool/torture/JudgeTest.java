package dev.spool.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.torture.Line.What;
import org.junit.jupiter.api.Test;

/** What a child says is judged; what it says after the power has failed beneath it is not. */
class JudgeTest {
  private final SpoolId id = SpoolId.parse("018bcfe568007abc8000000000000001");
  private final Payloads payloads = new Payloads(7, 500);
  private final Oracle oracle = Oracle.ofPowerCuts(payloads);
  private final Judge judge = new Judge(oracle);

  private void stored(long generation) {
    stored(generation, Durability.SYNC);
  }

  private void stored(long generation, Durability durability) {
    judge.hear(Line.of(What.STORE, generation, durability, id, generation));
    judge.hear(Line.of(What.DONE, generation));
  }

  private void found(Content content) {
    judge.hear(Line.of(What.LOAD, 100, id));
    judge.hear(Line.of(What.LOADED, 100, content.length(), content.sha256()));
  }

  private Content generation(long generation) {
    return Content.of(payloads.bytes(id, generation));
  }

  @Test
  void whatWasAcknowledgedBeforeThePowerFailedIsThere() {
    stored(1);
    judge.striking();
    judge.dead(Fault.POWER_CUT);
    found(Content.ABSENT);
    assertThat(oracle.violations()).isEqualTo(1);
  }

  @Test
  void whatWasBufferedBeforeItWasClosedIsThere() {
    stored(1);
    stored(2, Durability.BUFFERED);
    judge.hear(Line.of(What.CLOSED));
    judge.striking();
    judge.dead(Fault.POWER_CUT);
    found(generation(1));
    assertThat(oracle.violations()).isEqualTo(1);
  }

  @Test
  void whatWasBufferedBeforeACompactionIsThereAndWhatWasMeanwhileOrNot() {
    stored(1);
    stored(2, Durability.BUFFERED);
    judge.hear(Line.of(What.MAINTAINING, "compact"));
    stored(3, Durability.BUFFERED);
    judge.hear(Line.of(What.MAINTAINED, "compact"));
    judge.striking();
    judge.dead(Fault.POWER_CUT);
    found(generation(2));
    assertThat(oracle.shownViolations()).isEmpty();
    found(generation(1));
    assertThat(oracle.violations()).isEqualTo(1);
  }

  @Test
  void cleanupAndACompactionThatSucceedsAfterThePowerHasFailedMakeNothingDurable() {
    stored(1);
    stored(2, Durability.BUFFERED);
    judge.hear(Line.of(What.MAINTAINING, "cleanup"));
    judge.hear(Line.of(What.MAINTAINED, "cleanup"));
    judge.hear(Line.of(What.MAINTAINING, "compact"));
    judge.striking();
    judge.hear(Line.of(What.MAINTAINED, "compact"));
    judge.hear(Line.of(What.CLOSED));
    judge.dead(Fault.POWER_CUT);
    found(generation(1));
    assertThat(oracle.shownViolations()).isEmpty();
  }

  @Test
  void whatWasAcknowledgedAfterThatIsThereOrNot() {
    stored(1);
    judge.striking();
    stored(2);
    judge.dead(Fault.POWER_CUT);
    found(generation(1));
    assertThat(oracle.shownViolations()).isEmpty();
    found(generation(2));
    assertThat(oracle.violations()).as("it stays as it was found").isEqualTo(1);
  }

  @Test
  void whatFailsOrIsFoundAfterThatIsNotJudged() {
    stored(1);
    judge.striking();
    found(Content.ABSENT);
    judge.hear(Line.of(What.STORE, 2, Durability.SYNC, id, 2));
    judge.hear(Line.of(What.REFUSED, 2, "UNKNOWN", "SpoolIOException:Input/output error"));
    assertThat(oracle.shownViolations()).isEmpty();
    judge.dead(Fault.POWER_CUT);
    found(generation(2));
    assertThat(oracle.shownViolations()).isEmpty();
  }
}
