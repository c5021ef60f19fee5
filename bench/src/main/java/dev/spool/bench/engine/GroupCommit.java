package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.WriteCall;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscUnboundedXaddArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One thread that takes all that waits, makes one commit of it, and completes the futures itself.
 *
 * <p>It is the front of every store that has no such thing of its own, so that none is measured by
 * the front that it happens to get. Any thread may submit. A group is synced if anything in it asks
 * for that. A commit that fails ends it: that group, and all later ones, fail with the same cause.
 */
final class GroupCommit {
  private final MpscUnboundedXaddArrayQueue<Write> queue = new MpscUnboundedXaddArrayQueue<>(1024);
  private final Target target;
  private final long groupBytes;
  private final Thread committer;

  /** Written by the committer before it parks, read by those who wake it. */
  private volatile boolean parked;

  private volatile boolean closing;

  /** Written by the committer only. */
  private @Nullable Throwable failure;

  /** A store. */
  @FunctionalInterface
  interface Target {
    /**
     * Puts the writes in order into one commit, which is done on return; called by the committer.
     *
     * @param sync whether the commit must survive a power cut
     */
    void commit(List<Write> group, boolean sync) throws Exception;
  }

  /** A message, or without data a removal. */
  static final class Write {
    private final SpoolId id;
    private final byte @Nullable [] data;
    private final boolean sync;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Who is told instead of the future; null if that has no front of its own. */
    private final @Nullable WriteCall call;

    private Write(SpoolId id, byte @Nullable [] data, boolean sync, @Nullable WriteCall call) {
      this.id = id;
      this.data = data;
      this.sync = sync;
      this.call = call;
    }

    SpoolId id() {
      return id;
    }

    byte @Nullable [] data() {
      return data;
    }

    private int length() {
      return data == null ? 0 : data.length;
    }
  }

  private GroupCommit(String name, long groupBytes, Target target) {
    this.groupBytes = groupBytes;
    this.target = target;
    this.committer = new Thread(this::commitAll, name + "-committer");
  }

  /**
   * Starts the committer.
   *
   * @param groupBytes payload that is enough for a group; one message always is
   */
  static GroupCommit start(String name, long groupBytes, Target target) {
    GroupCommit commits = new GroupCommit(name, groupBytes, target);
    commits.committer.start();
    return commits;
  }

  CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return submit(new Write(id, data, durability == Durability.SYNC, null));
  }

  CompletableFuture<Void> remove(SpoolId id) {
    return submit(new Write(id, null, false, null));
  }

  /** Takes a write that was admitted, and tells the call when it is done. */
  void add(WriteCall call) {
    boolean sync = call.durability() == Durability.SYNC;
    CompletableFuture<Void> unused = submit(new Write(call.id(), call.data(), sync, call));
  }

  private CompletableFuture<Void> submit(Write write) {
    // The queue's atomic add comes before the read of the flag, for all threads: either the
    // committer is seen to be parked, or its last look at the queue sees this write.
    queue.offer(write);
    if (parked) {
      LockSupport.unpark(committer);
    }
    return write.done;
  }

  /** Lets the committer finish what was submitted, and ends it; nobody may submit any more. */
  void close() throws InterruptedIOException {
    closing = true;
    LockSupport.unpark(committer);
    try {
      committer.join();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted while closing");
    }
  }

  private void commitAll() {
    List<Write> group = new ArrayList<>();
    Write first = next();
    while (first != null) {
      take(first, group);
      commit(group);
      group.clear();
      first = next();
    }
  }

  /** Waits for a write; null once the front closes and none is left. */
  private @Nullable Write next() {
    while (true) {
      Write write = queue.poll();
      if (write != null) {
        return write;
      }
      parked = true;
      write = queue.poll();
      if (write == null && !closing) {
        LockSupport.park(this);
      }
      parked = false;
      if (write != null) {
        return write;
      }
      if (closing && queue.isEmpty()) {
        return null;
      }
    }
  }

  private void take(Write first, List<Write> group) {
    long bytes = 0;
    Write write = first;
    while (write != null) {
      if (write.call == null || write.call.join()) {
        group.add(write);
        bytes += write.length();
      }
      write = bytes < groupBytes ? queue.poll() : null;
    }
  }

  private void commit(List<Write> group) {
    Throwable cause = failure;
    if (cause == null) {
      try {
        target.commit(group, group.stream().anyMatch(write -> write.sync));
      } catch (Throwable e) {
        cause = e;
        failure = e;
      }
    }
    List<WriteCall> calls = new ArrayList<>();
    for (Write write : group) {
      if (write.call != null) {
        calls.add(write.call);
      } else if (cause == null) {
        write.done.complete(null);
      } else {
        write.done.completeExceptionally(cause);
      }
    }
    tell(calls, cause);
  }

  private static void tell(List<WriteCall> calls, @Nullable Throwable cause) {
    if (cause == null) {
      WriteCall.succeedAll(calls);
    } else {
      SpoolException failure = new SpoolIOException("writing", Outcome.UNKNOWN, cause);
      calls.forEach(call -> call.fail(failure));
    }
  }
}
