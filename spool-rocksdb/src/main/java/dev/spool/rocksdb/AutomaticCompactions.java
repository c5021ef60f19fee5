package dev.spool.rocksdb;

import org.jspecify.annotations.Nullable;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Switches the compactions off that RocksDB begins by itself, for as long as they would take all
 * the room that something better is to be done with. They are on in each handle that is opened, and
 * the setting is not kept: so whatever ends the process ends that, too.
 *
 * <p>Belongs to one thread.
 */
final class AutomaticCompactions {

  /** Where they are off, or may be. */
  private @Nullable DbHandle off;

  /** Switches them off, and ends the one that is under way: it holds all that it has written. */
  void stop(DbLease lease) throws RocksDBException {
    off = lease.handle();
    set(lease.db(), true);
    lease.db().abortAllCompactions();
    lease.db().resumeAllCompactions();
  }

  /** Switches them on where they are off. To be called again if it fails. */
  void resume() throws RocksDBException {
    DbHandle handle = off;
    if (handle == null) {
      return;
    }
    DbLease lease = handle.tryLease();
    if (lease != null) { // else it is being closed
      try (lease) {
        set(lease.db(), false);
      }
    }
    off = null;
  }

  private static void set(RocksDB db, boolean off) throws RocksDBException {
    try {
      db.setOptions(MutableColumnFamilyOptions.builder().setDisableAutoCompactions(off).build());
    } catch (RocksDBException e) {
      // Without room for the file that tells them they hold nevertheless.
      if (db.getOptions().disableAutoCompactions() != off) {
        throw e;
      }
    }
  }
}
