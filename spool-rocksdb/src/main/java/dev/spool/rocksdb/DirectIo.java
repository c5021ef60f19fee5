package dev.spool.rocksdb;

import dev.spool.support.DirectOpenOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a file system whether files can bypass the page cache. Where they cannot, RocksDB would find
 * that out at its first flush, as a fatal error.
 */
final class DirectIo {
  private static final Logger LOG = LoggerFactory.getLogger(DirectIo.class);

  private DirectIo() {}

  /**
   * Tells whether it can be done, by opening a file in that way to read it.
   *
   * @param file one that is there, and on which nobody has a lock
   */
  static boolean isPossible(Path file) {
    OpenOption direct = DirectOpenOption.get();
    if (direct == null) {
      return false;
    }
    try {
      FileChannel.open(file, Set.of(StandardOpenOption.READ, direct)).close();
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("no direct I/O beside {}", file, e);
      return false;
    }
  }
}
