package dev.spool.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a file system whether files can bypass the page cache. Where they cannot, RocksDB would find
 * that out at its first flush, as a fatal error.
 */
final class DirectIo {
  private static final Logger LOG = LoggerFactory.getLogger(DirectIo.class);

  /** The JDK's option, which is in no module that every JDK must have; null if there is none. */
  private static final @Nullable OpenOption DIRECT = option();

  private DirectIo() {}

  private static @Nullable OpenOption option() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) options.getField("DIRECT").get(null);
    } catch (ReflectiveOperationException | LinkageError e) {
      LOG.debug("no direct I/O in this JDK", e);
      return null;
    }
  }

  /**
   * Tells whether it can be done, by opening a file in that way to read it.
   *
   * @param file one that is there, and on which nobody has a lock
   */
  static boolean isPossible(Path file) {
    if (DIRECT == null) {
      return false;
    }
    try {
      FileChannel.open(file, Set.of(StandardOpenOption.READ, DIRECT)).close();
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("no direct I/O beside {}", file, e);
      return false;
    }
  }
}
