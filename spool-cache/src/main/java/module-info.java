/** A cache of recently stored and loaded messages, around any spool. */
module dev.spool.cache {
  requires transitive dev.spool;
  requires com.github.benmanes.caffeine;
  requires static transitive org.jspecify;

  exports dev.spool.cache;
}
