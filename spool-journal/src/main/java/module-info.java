/** A spool in a log of segments that are written over and over again. */
module dev.spool.journal {
  requires transitive dev.spool;
  requires transitive dev.spool.support;
  requires org.jctools.core;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.journal;

  provides dev.spool.SpoolProvider with
      dev.spool.journal.JournalSpoolProvider;
}
