package dev.spool.races;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.TestExecutor;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestConfig;
import org.openjdk.jcstress.infra.runners.TestList;
import org.openjdk.jcstress.os.AffinityMode;
import org.openjdk.jcstress.os.Scheduler;
import org.openjdk.jcstress.os.SchedulingClass;
import org.openjdk.jcstress.os.topology.Topology;
import org.openjdk.jcstress.vm.CompileMode;

/**
 * Runs tests of jcstress, each in a JVM of its own. Its own main class would first start some
 * twenty JVMs to find out what this one can do, which takes longer than all the tests.
 */
final class JcStress {
  static final List<String> HEAP = List.of("-Xmx256m", "-XX:+UseSerialGC");

  private final int millis;
  private final int iterations;
  private final List<List<String>> jvms;

  /**
   * Makes one.
   *
   * @param millis how long each iteration takes
   * @param jvms the options of each JVM that every test is run in
   */
  JcStress(int millis, int iterations, List<List<String>> jvms) {
    this.millis = millis;
    this.iterations = iterations;
    this.jvms = jvms;
  }

  /** Returns the names of all tests. */
  static List<String> all() {
    return TestList.tests().stream().sorted().toList();
  }

  /** Tells what a test has seen, or what kept it from running. */
  static String shown(TestResult result) {
    StringBuilder shown = new StringBuilder(result.getName()).append(' ').append(result.status());
    for (String state : new TreeSet<>(result.getStateKeys())) {
      shown.append("; ").append(state).append(": ").append(result.getCount(state));
    }
    Stream.of(result.getMessages(), result.getVmOut(), result.getVmErr())
        .flatMap(List::stream)
        .forEach(line -> shown.append('\n').append(line));
    return shown.toString();
  }

  /** Runs these tests; returns what was seen in each JVM. */
  List<TestResult> run(Collection<String> tests) throws Exception {
    Options options =
        new Options(
            new String[] {
              "-time", "" + millis, "-iters", "" + iterations, "-af", "NONE", "-pth", "false"
            });
    assertThat(options.parse()).as("options of jcstress").isTrue();
    Scheduler scheduler = new Scheduler(Topology.get(), options.getCPUCount());
    List<TestConfig> configs = new ArrayList<>();
    for (String test : tests) {
      for (List<String> jvm : jvms) {
        configs.add(config(TestList.getInfo(test), jvm, options, scheduler));
      }
    }
    Collection<TestResult> results = new ConcurrentLinkedQueue<>();
    new TestExecutor(options.verbosity(), results::add, scheduler).runAll(configs);
    return List.copyOf(results);
  }

  private static TestConfig config(
      TestInfo test, List<String> jvm, Options options, Scheduler scheduler) throws IOException {
    List<SchedulingClass> classes =
        scheduler.scheduleClasses(test.threads(), options.getCPUCount(), AffinityMode.NONE);
    assertThat(classes).as("processors for %s", test.name()).isNotEmpty();
    return new TestConfig(options, test, 0, jvm, CompileMode.UNIFIED, classes.get(0));
  }
}
