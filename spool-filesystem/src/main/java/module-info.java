/** A spool of one file per message. */
module dev.spool.filesystem {
  requires transitive dev.spool;
  requires dev.spool.support;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static org.jspecify;

  exports dev.spool.filesystem;
}
