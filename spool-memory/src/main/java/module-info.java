/** A spool in memory. */
module dev.spool.memory {
  requires transitive dev.spool;
  requires dev.spool.support;
  requires static com.google.errorprone.annotations;
  requires static org.jspecify;

  exports dev.spool.memory;
}
