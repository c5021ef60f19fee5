package dev.spool.rocksdb;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds on to the files of the log while a database is being opened. RocksDB reads a log up to the
 * first record that is damaged, and then deletes it, with all that is behind that record: what
 * could not be read would be gone for good. So each file gets a second name first, which costs
 * nothing, and is given up only when it is known that nothing was left out.
 *
 * <p>Best effort: where a file system has no hard links, or no room for a name, there is none.
 * Thread-safe: constant after construction; one opens at a time.
 */
final class KeptLogs {
  private static final Logger LOG = LoggerFactory.getLogger(KeptLogs.class);

  /** The directory of second names, in the spool's; there during an opening only. */
  static final String KEPT = "OLD-LOGS";

  /** What that becomes if something was left out, with a number. */
  static final String LOST = "LOST-LOGS-";

  private final Disk disk;
  private final Path database;
  private final Path kept;

  KeptLogs(Disk disk, RocksLayout layout) {
    this.disk = disk;
    database = layout.database();
    kept = layout.directory().resolve(KEPT);
  }

  /**
   * Gives the files of the log their second names. What an opening has left that did not come to
   * its end stays there.
   */
  void keep() {
    try {
      boolean unused = disk.createDirectory(kept);
      disk.list(
          database,
          file -> {
            if (String.valueOf(file.getFileName()).endsWith(".log")) {
              link(file);
            }
            return true;
          });
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("the logs of {} are opened without a second name", database, e);
    }
  }

  private void link(Path file) throws IOException {
    try {
      Path unused = Files.createLink(kept.resolve(file.getFileName()), file);
    } catch (FileAlreadyExistsException e) {
      return; // by an opening that did not come to its end
    }
  }

  /** Nothing was left out: gives the second names up. */
  void forget() {
    try {
      disk.list(
          kept,
          file -> {
            boolean unused = disk.deleteIfExists(file);
            return true;
          });
      boolean unused = disk.deleteIfExists(kept);
    } catch (NoSuchFileException e) {
      return; // there were none, or they are kept for good
    } catch (IOException e) {
      LOG.debug("second names of logs are left in {}", kept, e);
    }
  }

  private boolean isEmpty() throws IOException {
    boolean[] empty = {true};
    disk.list(
        kept,
        file -> {
          empty[0] = false;
          return false;
        });
    return empty[0];
  }

  /** Something was left out: keeps the files for good. Returns where; null if there are none. */
  @Nullable Path keepForGood() {
    try {
      if (isEmpty()) { // the log is missing, rather than damaged
        forget();
        return null;
      }
      for (int n = 1; ; n++) {
        Path target = kept.resolveSibling(LOST + n);
        if (!disk.exists(target)) {
          disk.rename(kept, target);
          Path parent = target.getParent();
          if (parent != null) {
            disk.forceDirectory(parent);
          }
          return target;
        }
      }
    } catch (IOException e) {
      LOG.debug("the logs of {} could not be kept", database, e);
      return null;
    }
  }
}
