/** A spool in RocksDB. */
@SuppressWarnings("requires-automatic") // rocksdbjni has no module descriptor
module dev.spool.rocksdb {
  requires transitive dev.spool;
  requires transitive dev.spool.support;
  requires jdk.unsupported;
  requires org.jctools.core;
  requires org.slf4j;
  requires rocksdbjni;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.rocksdb;

  provides dev.spool.SpoolProvider with
      dev.spool.rocksdb.RocksSpoolProvider;
}
