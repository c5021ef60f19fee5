package dev.spool.races;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.testkit.Stress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.TestResult;

/**
 * Nobody sees what is forbidden. In each build one test of each class, for a moment; with {@code
 * -Pstress} all of them, in JVMs that compile in several ways.
 */
@Tag("same-on-any-jdk")
class RacesTest {
  private static final List<String> SHORT =
      List.of(
          "dev.spool.EntryChannelRaces.CancelledFuture",
          "dev.spool.support.AdmissionRaces.WithdrawalBesideRelease",
          "dev.spool.support.HealthLatchRaces.ErrorBesideAProbe",
          "dev.spool.journal.IndexRaces.Grown");

  @Test
  void nothingForbiddenIsSeen() throws Exception {
    List<String> tests = Stress.isLong() ? JcStress.all() : SHORT;
    List<List<String>> jvms = Stress.isLong() ? jvms() : List.of(JcStress.HEAP);
    JcStress stress = new JcStress(Stress.count(100, 2000), Stress.rounds(1, 5), jvms);

    List<TestResult> results = stress.run(tests);

    assertThat(results).hasSize(tests.size() * jvms.size());
    long samples = 0;
    for (TestResult result : results) {
      System.out.println(JcStress.shown(result));
      assertThat(result.status()).as(JcStress.shown(result)).isEqualTo(Status.NORMAL);
      assertThat(result.grading().failureMessages).as(JcStress.shown(result)).isEmpty();
      assertThat(result.getTotalCount()).as("samples of %s", result.getName()).isPositive();
      samples += result.getTotalCount();
    }
    System.out.println(samples + " samples of " + tests.size() + " races");
  }

  /** The interpreter, each compiler, and the second one moving code about as far as it may. */
  private static List<List<String>> jvms() {
    List<List<String>> jvms = new ArrayList<>();
    for (String options :
        List.of(
            "-Xint",
            "-XX:TieredStopAtLevel=1",
            "-XX:-TieredCompilation",
            "-XX:-TieredCompilation -XX:+UnlockDiagnosticVMOptions -XX:+StressLCM -XX:+StressGCM")) {
      List<String> jvm = new ArrayList<>(JcStress.HEAP);
      jvm.addAll(List.of(options.split(" ", -1)));
      jvms.add(jvm);
    }
    return jvms;
  }
}
