/** A spool of one file per message. */
module dev.spool.filesystem {
  requires transitive dev.spool;
  requires transitive dev.spool.support;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.filesystem;

  provides dev.spool.SpoolProvider with
      dev.spool.filesystem.FileSpoolProvider;
}
