/**
 * The memory backend of Spool: the reference for semantics, for tests and for queues that may be
 * lost.
 */
module dev.spool.memory {
  requires transitive dev.spool;
  requires transitive dev.spool.support;
  requires org.slf4j;
  requires static transitive org.jspecify;
  requires static com.google.errorprone.annotations;

  exports dev.spool.memory;

  provides dev.spool.SpoolProvider with
      dev.spool.memory.MemorySpoolProvider;
}
