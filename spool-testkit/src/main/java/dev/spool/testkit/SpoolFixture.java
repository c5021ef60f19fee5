package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the contract needs to know about a backend: how to open its spools, and which {@link Trait}s
 * it declares.
 */
public interface SpoolFixture {

  /** Returns the declared differences. */
  Set<Trait> traits();

  /**
   * Returns the address of the spool that is kept in {@code directory}, for {@link
   * dev.spool.Spools#open}; it may have a query. The same directory gives the same address in every
   * process; the directory need not exist.
   */
  String uri(Path directory);

  /**
   * Opens the spool whose address is {@link #uri}.
   *
   * @param directory where it is kept; a backend without files takes its name from it
   * @param settings as query parameters of the address would give them
   * @param callbacks where futures complete, or null for the backend's default
   */
  Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks);

  /**
   * Opens as {@link #open} does, with a gate that stores and removals pass once they have begun:
   * where they would be reported UNKNOWN. Called only with {@link Trait#STALLS}.
   */
  default Stallable openStallable(Path directory, Map<String, String> settings) {
    throw new UnsupportedOperationException("without the trait STALLS");
  }

  /**
   * Changes one stored byte of a message, on storage, while the spool is closed. Called only with
   * {@link Trait#DAMAGE}.
   *
   * @throws IOException if the storage cannot be read or written
   */
  default void damage(Path directory, SpoolId id) throws IOException {
    throw new UnsupportedOperationException("without the trait DAMAGE");
  }

  /**
   * Tells whether a file of the spool is the one that its lock is taken on, which nobody in the
   * owner's process may open and close beside it: that would give a POSIX lock up. The contract
   * reads all the others.
   */
  default boolean isLockFile(Path file) {
    return file.endsWith("LOCK");
  }

  /**
   * Returns how often the contract opens a spool and shuts it down under load: as many as take some
   * ten seconds.
   */
  default int shutdownRounds() {
    return 100;
  }

  /**
   * Returns the fixture of a decorator around this backend's spools, which takes a tenth of the
   * {@link #shutdownRounds}.
   */
  default SpoolFixture decorated(UnaryOperator<Spool> decorator) {
    return new DecoratedFixture(this, decorator);
  }
}
