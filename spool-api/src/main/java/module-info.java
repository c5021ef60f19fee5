/**
 * The Spool API: an asynchronous, durable store of messages that were accepted and not yet
 * delivered.
 */
module dev.spool {
  requires static transitive org.jspecify;

  exports dev.spool;

  uses dev.spool.SpoolProvider;
}
