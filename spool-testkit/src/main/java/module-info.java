/** The contract that every backend passes, and faults to inject. */
module dev.spool.testkit {
  requires transitive dev.spool;
  requires transitive dev.spool.support;
  requires transitive dev.spool.torture;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
  requires jdk.management;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.testkit;
}
