/** What the backends of Spool share. */
module dev.spool.support {
  requires transitive dev.spool;
  requires java.management;
  requires org.slf4j;
  requires static com.sun.jna;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.support;
}
