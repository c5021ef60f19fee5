/** Faults against the promises, and the oracle that judges what they leave behind. */
module dev.spool.torture {
  requires transitive dev.spool;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.torture;
}
