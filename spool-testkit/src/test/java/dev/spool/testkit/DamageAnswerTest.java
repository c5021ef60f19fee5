package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.torture.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is lost, or back, without a word is told apart from what is told. */
class DamageAnswerTest {
  private static final SpoolId THERE = SpoolId.random();
  private static final SpoolId REMOVED = SpoolId.random();
  private static final Content CONTENT = Content.of(Messages.of(1, 10));

  private static String shown(String how, SpoolId id) {
    return how + " " + id + " " + CONTENT.length() + " " + CONTENT.sha256();
  }

  private static DamageAnswer answer(String... lines) {
    List<String> all = new ArrayList<>(List.of(lines));
    all.add("END");
    return new DamageAnswer(all, Map.of(THERE, CONTENT), Map.of(REMOVED, CONTENT), Map.of());
  }

  @Test
  void allIsThere() {
    DamageAnswer answer =
        answer("OPENED HEALTHY", shown("LOADED", THERE), shown("SCANNED", THERE), "WHOLE");
    assertThat(answer.told()).isFalse();
    assertThat(answer.lacks()).isEmpty();
    assertThat(answer.back()).isEmpty();
    assertThat(answer.wrong()).isEmpty();
  }

  @Test
  void messageThatALoadDoesNotFind() {
    DamageAnswer answer = answer("OPENED HEALTHY", "MISSING " + THERE, "MISSING " + REMOVED);
    assertThat(answer.told()).as("a message that is missing is no report of that").isFalse();
    assertThat(answer.lacks()).containsExactly(THERE);
  }

  @Test
  void messageThatAScanLeavesOut() {
    DamageAnswer answer = answer("OPENED HEALTHY", shown("LOADED", THERE), "WHOLE");
    assertThat(answer.told()).isFalse();
    assertThat(answer.lacks()).containsExactly(THERE);
  }

  @Test
  void removedMessageThatIsBack() {
    DamageAnswer answer =
        answer(
            "OPENED HEALTHY",
            shown("LOADED", THERE),
            shown("LOADED", REMOVED),
            shown("SCANNED", THERE),
            "WHOLE");
    assertThat(answer.told()).isFalse();
    assertThat(answer.back()).containsExactly(REMOVED);
    assertThat(answer.lacks()).isEmpty();
  }

  @Test
  void anyOfTheseIsAReport() {
    assertThat(answer("OPENED DEGRADED", "MISSING " + THERE).told()).isTrue();
    assertThat(answer("OPENED HEALTHY", "FAILED to be read").told()).isTrue();
    assertThat(answer("OPENED HEALTHY", "CORRUPT", "WHOLE").told()).isTrue();
  }

  @Test
  void neitherOtherBytesNorTheSameTwice() {
    String other = "LOADED " + THERE + " 1 x";
    assertThat(answer("OPENED DEGRADED", other).wrong()).containsExactly("wrong bytes: " + other);
    assertThat(answer("OPENED HEALTHY", shown("SCANNED", THERE), shown("SCANNED", THERE)).wrong())
        .hasSize(1);
  }
}
