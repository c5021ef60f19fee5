package org.example.smtp;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.testkit.ForwardingSpool;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the moments at which a process may die: before and after each write to one of its spools,
 * and wherever a test says so. At the moment that it is told it dies: an error is thrown, and
 * everything that is tried after that fails in the same way, so that no clean-up code runs that a
 * real death would not run.
 *
 * <p>If it is a power cut, what was written {@link Durability#BUFFERED} is undone, in the spools
 * that are to lose it: each has its own way to the disk.
 */
final class CrashPoints {

  /** The death of the process. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final int crashAt;
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private int passed;
  private boolean dead;

  /** Dies at the moment of that number; the first is 0. */
  CrashPoints(int crashAt) {
    this.crashAt = crashAt;
  }

  void pass() {
    if (!dead && passed++ == crashAt) {
      dead = true;
      undo.forEach(Runnable::run); // the last first
    }
    if (dead) {
      throw new Crash();
    }
  }

  /** Wraps a spool that outlives the crash. */
  Spool wrap(Spool spool, boolean losesBuffered) {
    return new Mortal(spool, losesBuffered);
  }

  /** Dies in the calls that a mail store makes. */
  private final class Mortal extends ForwardingSpool {
    private final boolean losesBuffered;

    Mortal(Spool wrapped, boolean losesBuffered) {
      super(wrapped);
      this.losesBuffered = losesBuffered;
    }

    private CompletableFuture<Void> write(
        SpoolId id, Durability durability, Supplier<CompletableFuture<Void>> write) {
      pass();
      if (losesBuffered && durability == Durability.BUFFERED) {
        undo.addFirst(restoring(id));
      }
      write.get().join();
      pass();
      return CompletableFuture.completedFuture(null);
    }

    private Runnable restoring(SpoolId id) {
      try {
        byte[] before = wrapped.load(id).join();
        return () -> wrapped.store(id, before).join();
      } catch (CompletionException e) {
        if (SpoolException.unwrap(e) instanceof MessageNotFoundException) {
          return () -> wrapped.remove(id).join();
        }
        throw e;
      }
    }

    private void alive() {
      if (dead) {
        throw new Crash();
      }
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      return write(id, durability, () -> wrapped.store(id, data, durability, deadline));
    }

    @Override
    public CompletableFuture<Void> remove(
        SpoolId id, Durability durability, @Nullable Deadline deadline) {
      return write(id, durability, () -> wrapped.remove(id, durability, deadline));
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      alive();
      return wrapped.load(id);
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      alive();
      return wrapped.enumerate(channel, startTime);
    }

    @Override
    public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
      alive();
      return wrapped.list(channel, startTime);
    }

    @Override
    public CompletableFuture<Void> shutdown() {
      return CompletableFuture.completedFuture(null); // the wrapped one outlives it
    }

    @Override
    public void close() {
      shutdown().join();
    }
  }
}
