package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.DeadlineExceededException;
import dev.spool.SpoolException.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The checker explains what can be explained, and finds violations that were planted. */
class RegisterHistoryTest {
  private final RegisterHistory history = new RegisterHistory();

  @Test
  void emptyHistoryIsFine() {
    assertFine();
  }

  @Test
  void callsInTurn() {
    history.load().loaded(RegisterHistory.ABSENT);
    history.store(1).applied();
    history.load().loaded(1);
    history.store(2).applied();
    history.load().loaded(2);
    history.remove().applied();
    history.load().loaded(RegisterHistory.ABSENT);
    assertFine();
  }

  @Test
  void loadOfWhatWasNeverStored() {
    history.store(1).applied();
    history.load().loaded(7);
    assertThat(history.violation()).contains("load 7");
  }

  @Test
  void lostStore() {
    history.store(1).applied();
    history.load().loaded(RegisterHistory.ABSENT);
    assertViolation();
  }

  @Test
  void staleLoadAfterAReplacement() {
    history.store(1).applied();
    history.store(2).applied();
    history.load().loaded(1);
    assertViolation();
  }

  @Test
  void messageThatComesBackAfterItsRemoval() {
    history.store(1).applied();
    history.remove().applied();
    history.load().loaded(1);
    assertViolation();
  }

  @Test
  void loadBesideAStoreMaySeeEither() {
    history.store(1).applied();
    var store = history.store(2);
    history.load().loaded(1);
    history.load().loaded(2);
    store.applied();
    assertFine();
  }

  @Test
  void loadsBesideAStoreDoNotGoBack() {
    history.store(1).applied();
    var store = history.store(2);
    history.load().loaded(2);
    history.load().loaded(1);
    store.applied();
    assertViolation();
  }

  @Test
  void refusedStoreIsNeverSeen() {
    history.store(1).failed(new DeadlineExceededException("", Outcome.NOT_APPLIED));
    history.load().loaded(1);
    assertViolation();
  }

  @Test
  void unknownStoreMayBeSeenOrNot() {
    history.store(1).applied();
    history.store(2).failed(new DeadlineExceededException("", Outcome.UNKNOWN));
    history.load().loaded(1);
    assertFine();
    history.load().loaded(2);
    assertFine();
  }

  @Test
  void unknownStoreHappensOnlyOnce() {
    history.store(1).unknown();
    history.load().loaded(1);
    history.store(2).applied();
    history.load().loaded(1);
    assertViolation();
  }

  @Test
  void unknownStoreIsNotSeenBeforeItBegan() {
    history.load().loaded(1);
    history.store(1).unknown();
    assertViolation();
  }

  @Test
  void unknownRemovalMayComeLate() {
    history.store(1).applied();
    history.remove().unknown();
    history.load().loaded(1);
    history.load().loaded(RegisterHistory.ABSENT);
    assertFine();
  }

  @Test
  void failedLoadSaysNothing() {
    history.store(1).applied();
    history.load().failed(new DeadlineExceededException("", Outcome.UNKNOWN));
    assertFine();
  }

  /**
   * Simulates a register under overlapping calls, which is fine, and then spoils one load, which is
   * not.
   */
  @Test
  void longHistoriesOfOverlappingCalls() {
    for (long seed = 0; seed < 50; seed++) {
      assertThat(simulate(seed, false).violation()).as("seed " + seed).isNull();
      assertThat(simulate(seed, true).violation()).as("seed " + seed + ", spoilt").isNotNull();
    }
  }

  private static RegisterHistory simulate(long seed, boolean spoil) {
    RegisterHistory history = new RegisterHistory();
    SplittableRandom random = new SplittableRandom(seed);
    long value = RegisterHistory.ABSENT;
    List<Runnable> ends = new ArrayList<>();
    for (int i = 1; i <= 300; i++) {
      long number = i;
      if (random.nextBoolean()) {
        var store = history.store(number);
        value = number;
        ends.add(store::applied);
      } else {
        var load = history.load();
        long seen = spoil && i > 200 ? Math.max(1, value - 150) : value;
        ends.add(() -> load.loaded(seen));
      }
      while (ends.size() > random.nextInt(1, 5)) {
        ends.remove(random.nextInt(ends.size())).run();
      }
    }
    ends.forEach(Runnable::run);
    return history;
  }

  private void assertFine() {
    assertThat(history.violation()).isNull();
  }

  private void assertViolation() {
    assertThat(history.violation()).isNotNull();
  }
}
