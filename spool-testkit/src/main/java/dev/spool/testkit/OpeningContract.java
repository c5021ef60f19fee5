package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes open a spool at once, again and again: one of them gets it, the other is told that
 * it is locked, and however often that one tries, no call of the owner fails. For backends that
 * declare {@link Trait#PROCESS_LOCK}; the provider of the fixture's addresses has to be on the
 * class path.
 */
public interface OpeningContract extends BackendContract {

  /** Returns how often two processes open at once. */
  default int openings() {
    return Stress.rounds(30, 1000);
  }

  /** Of a spool that is there, and of one that both would make, in turn. */
  @Test
  default void oneOfTwoProcessesGetsItAndIsNotDisturbed(@TempDir Path dir) throws IOException {
    assertThat(fixture().traits()).contains(Trait.PROCESS_LOCK, Trait.PERSISTENT);
    SplittableRandom random = new SplittableRandom(Stress.seed());
    int kept = 0;
    try (AnsweringChild one = opener(dir.resolve("one.log"));
        AnsweringChild other = opener(dir.resolve("other.log"))) {
      for (int round = 0; round < openings(); round++) {
        boolean isNew = round % 2 == 1;
        Path spool = dir.resolve(isNew ? "new-" + round : "spool");
        int there = race(one, other, fixture().uri(spool), random, shown(round));
        assertThat(there).as("messages in %s", shown(round)).isEqualTo(isNew ? 0 : kept);
        int more = closed(one, round) + closed(other, round);
        assertThat(more).as("messages that the owner stored in %s", shown(round)).isOne();
        kept += isNew ? 0 : more;
      }
    }
    System.out.println(openings() + " times two processes opened at once, seed " + Stress.seed());
  }

  private static String shown(int round) {
    return "round " + round + ", seed " + Stress.seed();
  }

  private static AnsweringChild opener(Path log) throws IOException {
    return new AnsweringChild(OpeningChild.class, Map.of(), log);
  }

  /** Returns how many messages the one that got it has found. */
  private static int race(
      AnsweringChild one, AnsweringChild other, String uri, SplittableRandom random, String shown)
      throws IOException {
    long moment = System.currentTimeMillis() + 10;
    one.say("OPEN " + (moment + random.nextInt(3)) + " " + uri);
    other.say("OPEN " + (moment + random.nextInt(3)) + " " + uri);
    String first = one.answer();
    String second = other.answer();
    boolean isFirst = first.startsWith("OPENED ");
    assertThat(List.of(first, second))
        .as("one has it, %s", shown)
        .anyMatch(it -> it.startsWith("OPENED "));
    assertThat(isFirst ? second : first).as("the other one, %s", shown).startsWith("LOCKED ");
    for (int i = 0; i < 3; i++) {
      AnsweringChild refused = isFirst ? other : one;
      refused.say("OPEN 0 " + uri);
      assertThat(refused.answer()).as("again, %s", shown).startsWith("LOCKED ");
    }
    return Integer.parseInt((isFirst ? first : second).split(" ", -1)[1]);
  }

  /** Returns how many messages it has left. */
  private static int closed(AnsweringChild process, int round) throws IOException {
    process.say("CLOSE");
    String[] words = process.answer().split(" ", 3);
    assertThat(words[2]).as("failures of the owner, in %s", shown(round)).isEqualTo("[]");
    return Integer.parseInt(words[1]);
  }
}
