package dev.spool.memory;

import dev.spool.Spool;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import dev.spool.support.SettingValues;
import java.util.UUID;

/**
 * A spool in the heap: the reference for what every backend does, for tests, and for queues that
 * may be lost. <strong>It loses everything at shutdown, and when the process ends</strong>,
 * whatever the {@link dev.spool.Durability}; it says so in the log when it is closed with messages
 * in it.
 *
 * <p>All else is as the promises of {@link Spool} have it. Calls need no I/O, so most futures are
 * returned completed.
 *
 * <pre>{@code
 * try (Spool spool = MemorySpool.open()) {
 *   SpoolId id = SpoolId.random();
 *   spool.store(id, message).join();
 * }
 * }</pre>
 */
public final class MemorySpool extends LocalSpool {

  private MemorySpool(Builder builder) {
    super(
        MemorySpoolProvider.SCHEME,
        builder,
        context -> new MemoryEngine(context, builder.maxBytes, NameClaim.of(context.name())),
        false);
  }

  /** Opens an empty spool with a name of its own, and the defaults. */
  public static MemorySpool open() {
    return builder("memory-" + UUID.randomUUID()).open();
  }

  /**
   * Returns the settings of a spool of that name, which no other memory spool of this process may
   * have meanwhile.
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** The settings of a memory spool. Not thread-safe. */
  public static final class Builder extends LocalSpoolBuilder<Builder> {
    private long maxBytes = Long.MAX_VALUE;

    private Builder(String name) {
      super(name);
      setting("maxBytes", SettingValues::size, this::maxBytes);
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * The bytes that the messages may take together, from 1 on; by default as many as the heap
     * holds. A store beyond that fails with {@link dev.spool.SpoolFullException}; once less than a
     * fifth is free then, stores are refused until a fifth is.
     */
    public Builder maxBytes(long bytes) {
      maxBytes = SettingValues.atLeast(1, bytes);
      return this;
    }

    /**
     * Opens the spool, empty.
     *
     * @throws dev.spool.SpoolLockedException if a memory spool of that name is open in this process
     * @throws IllegalArgumentException if it is to be read-only, when it could never hold anything
     */
    public MemorySpool open() {
      if (isReadOnly()) {
        throw new IllegalArgumentException(
            "readOnly=true makes no sense for a memory spool, which starts empty");
      }
      return new MemorySpool(this);
    }
  }
}
