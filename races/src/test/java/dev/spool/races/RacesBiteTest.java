package dev.spool.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.TestResult;

/** What is forbidden is seen when a class has one thing done wrong: each test finds a mutant. */
@Tag("same-on-any-jdk")
class RacesBiteTest {
  private static final int MOST_TRIES = 30;

  static Stream<Arguments> mutants() {
    return Stream.of(channel(), admission(), latch(), index()).flatMap(each -> each);
  }

  private static Stream<Arguments> channel() {
    Mutant noLock =
        api("EntryChannel")
            .with(
                """
                throw new InterruptedException();
                }
                while (queue.isEmpty() && !ended) {
                  Thread.onSpinWait();
                }
                return take();
                """
                    .strip(),
                """
                throw new InterruptedException();
                }
                synchronized (lock) {
                  while (queue.isEmpty() && !ended) {
                    await(0);
                  }
                  return take();
                }
                """
                    .strip())
            .with("bytes -= weight(entry); return", "bytes -= weight(entry); tell(); return");
    Mutant sentAfterTheEnd =
        api("EntryChannel").with("receiver =", "if (ended) { return false; } receiver =");
    return Stream.of(
        arguments("EntryChannelRaces.Shared", noLock),
        arguments(
            "EntryChannelRaces.InOrder", api("EntryChannel").with("queue.addFirst(", "queue.add(")),
        arguments(
            "EntryChannelRaces.InOrderByFutures",
            api("EntryChannel")
                .with("((LinkedList<Receiver>) receivers).pollLast()", "receivers.poll()")),
        arguments(
            "EntryChannelRaces.Failing",
            api("EntryChannel").with("failure != null ? null : queue.poll()", "queue.poll()")),
        arguments(
            "EntryChannelRaces.CancelledFuture",
            api("EntryChannel")
                .with(
                    "return super.cancel(mayInterruptIfRunning)",
                    "return withdraw() ? super.cancel(mayInterruptIfRunning) : isCancelled()")),
        arguments("EntryChannelRaces.ClosedMeanwhile", sentAfterTheEnd),
        arguments("EntryChannelRaces.ClosedWhileFull", sentAfterTheEnd),
        arguments(
            "EntryChannelRaces.ClosedBesideTheEnd",
            api("EntryChannel").with("drained = ended;", "drained = ended && queue.isEmpty();")),
        arguments(
            "EntryChannelRaces.TwoEnds",
            api("EntryChannel").with("drop && drained", "drop ? drained : ended")));
  }

  private static Stream<Arguments> admission() {
    Mutant unlockedRelease =
        support("Admission")
            .with(
                "release(Call<?> call) { synchronized (new Object()) {",
                "release(Call<?> call) { synchronized (lock) {");
    Mutant unlockedArrival =
        support("Admission")
            .with(
                "admit(Call<?> call) { synchronized (new Object()) {",
                "admit(Call<?> call) { synchronized (lock) {");
    return Stream.of(
        arguments("support.AdmissionRaces.ArrivalBesideRelease", unlockedRelease),
        arguments("support.AdmissionRaces.BytesSeenMeanwhile", unlockedRelease),
        arguments("support.AdmissionRaces.WithdrawalBesideRelease", unlockedRelease),
        arguments("support.AdmissionRaces.TwoArrivals", unlockedArrival),
        arguments("support.AdmissionRaces.TwoArrivalsByBytes", unlockedArrival));
  }

  private static Stream<Arguments> latch() {
    Mutant unlocked =
        support("HealthLatch")
            .with(
                "synchronized (new Object()) { change.accept",
                "synchronized (lock) { change.accept");
    return Stream.of(
        arguments(
            "support.HealthLatchRaces.ErrorBesideAProbe",
            support("ErrorCondition").with("if (!latched", "if (!latched || token != generation")),
        arguments(
            "support.HealthLatchRaces.NoRoomBesideAProbe",
            support("SpaceCondition").with("if (!latched", "if (!latched || token != generation")),
        arguments("support.HealthLatchRaces.OtherErrorBesideAProbe", unlocked),
        arguments("support.HealthLatchRaces.ClosingBesideAProbe", unlocked),
        arguments("support.HealthLatchRaces.ErrorBesideASuccess", unlocked),
        arguments(
            "support.HealthLatchRaces.ReasonAfterState",
            support("HealthLatch")
                .with(
                    "snapshot = next; UNHEALTHY.setRelease(this, SpoolUnhealthyException.REASON);",
                    "UNHEALTHY.setRelease(this, SpoolUnhealthyException.REASON); snapshot = next;")),
        arguments(
            "support.HealthLatchRaces.StateAfterReason",
            support("HealthLatch")
                .with(
                    "UNHEALTHY.setRelease(this, (String) null); snapshot = next;",
                    "snapshot = next; UNHEALTHY.setRelease(this, (String) null);")));
  }

  private static Stream<Arguments> index() {
    return Stream.of(
        arguments("journal.IndexRaces.Replaced", unvalidated()),
        arguments("journal.IndexRaces.Added", unvalidated()),
        arguments(
            "journal.IndexRaces.Grown",
            unvalidated()
                .with("new long[length]; words = next; int slots", "new long[length]; int slots")),
        arguments(
            "journal.IndexRaces.Removed",
            journal("Index")
                .with(
                    "void remove(long high, long low, int hash) { long stamp = 0;",
                    "void remove(long high, long low, int hash) { long stamp = lock.writeLock();")
                .with(
                    "shrink(); } } finally { }",
                    "shrink(); } } finally { lock.unlockWrite(stamp); }")),
        arguments(
            "journal.IndexRaces.Forgotten",
            unvalidated()
                .with("new long[length]; words = next; int slots", "new long[length]; int slots")),
        arguments(
            "journal.IndexRaces.PutIfAbsent",
            journal("Index")
                .with(
                    "long stamp = 0; try { int before = size;",
                    "long stamp = lock.writeLock(); try { int before = size;")
                .with(
                    "return size > before; } finally { }",
                    "return size > before; } finally { lock.unlockWrite(stamp); }")));
  }

  /** Looks whatever is being written, and takes what it has seen for whole. */
  private static Mutant unvalidated() {
    return journal("Index")
        .with(
            "Entry get(long high, long low, int hash) { long stamp = 1;",
            "Entry get(long high, long low, int hash) { long stamp = lock.tryOptimisticRead();")
        .with("return entry;", "if (lock.validate(stamp)) { return entry; }");
  }

  private static Mutant api(String name) {
    return new Mutant("spool-api", "dev.spool." + name);
  }

  private static Mutant support(String name) {
    return new Mutant("spool-support", "dev.spool.support." + name);
  }

  private static Mutant journal(String name) {
    return new Mutant("spool-journal", "dev.spool.journal." + name);
  }

  /** Sooner or later: two threads seldom meet on a machine that has other things to do. */
  @ParameterizedTest
  @MethodSource("mutants")
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true",
      disabledReason = "skipped: in the long form only, -Pstress")
  void mutantIsFoundOut(String test, Mutant mutant, @TempDir Path dir) throws Exception {
    mutant.compile(dir);
    JcStress stress = new JcStress(1000, 1, List.of(JcStress.HEAP));
    String classPath = System.getProperty("java.class.path");
    System.setProperty("java.class.path", dir + File.pathSeparator + classPath);
    try {
      TestResult result = stress.run(List.of("dev.spool." + test)).get(0);
      for (int tries = 1; !isFound(result) && tries < MOST_TRIES; tries++) {
        result = stress.run(List.of("dev.spool." + test)).get(0);
      }
      System.out.println(JcStress.shown(result) + " " + mutant);
      assertThat(isFound(result)).as(JcStress.shown(result)).isTrue();
    } finally {
      System.setProperty("java.class.path", classPath);
    }
  }

  private static boolean isFound(TestResult result) {
    return result.status() == Status.TEST_ERROR // a call of it has thrown something
        || result.status() == Status.TIMEOUT_ERROR // or has not ended
        || (result.status() == Status.NORMAL && !result.grading().failureMessages.isEmpty());
  }

  /** In each build, so that one that what it changes has outgrown is noticed there. */
  @ParameterizedTest
  @MethodSource("mutants")
  void mutantCanBeMade(String test, Mutant mutant, @TempDir Path dir) throws Exception {
    mutant.compile(dir);
    assertThat(dir).as(test).isNotEmptyDirectory();
  }

  /** So that none is forgotten. */
  @Test
  void eachTestHasItsMutant() {
    assertThat(mutants().map(each -> "dev.spool." + each.get()[0]).toList())
        .containsExactlyInAnyOrderElementsOf(JcStress.all());
  }
}
