/** The {@code spool} command. */
@SuppressWarnings("requires-automatic") // HdrHistogram has no module descriptor
module dev.spool.cli {
  requires HdrHistogram;
  requires com.fasterxml.jackson.jr.ob;
  requires dev.spool;
  requires dev.spool.filesystem;
  requires dev.spool.journal;
  requires dev.spool.memory;
  requires dev.spool.rocksdb;
  requires dev.spool.support;
  requires dev.spool.torture;
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static dev.spool.testkit; // for the processes of a torture alone: it brings JUnit
  requires static org.jspecify;

  opens dev.spool.cli to
      info.picocli;
  opens dev.spool.cli.demo to
      info.picocli;

  provides org.slf4j.spi.SLF4JServiceProvider with
      dev.spool.cli.LogProvider;
}
