/** A spool in RocksDB. */
@NullMarked
package dev.spool.rocksdb;

import org.jspecify.annotations.NullMarked;
