package dev.spool.rocksdb;

import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.WriteCall;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written, and in which company it is: calls are taken in groups, the spool's own
 * writes one by one.
 *
 * <p>Large messages and groups of small ones take turns: so a small one waits until one large one
 * is written at most, however many there are, and a large one is not kept waiting by small ones.
 * Calls for the same id are never reordered.
 *
 * <p>{@link #add}, {@link #addOwn} and {@link #close} are for any thread, the rest belongs to the
 * committer's.
 */
final class WriteQueue {
  /** A group is full when it has this many bytes; a message that has as many is large. */
  private static final long GROUP_BYTES = 4L << 20;

  static final int GROUP_CALLS = 4096;
  private static final int CHUNK = 1024;

  /** Holds no more than the calls that admission lets in. */
  private final MessagePassingQueue<WriteCall> queue = new MpscUnboundedAtomicArrayQueue<>(CHUNK);

  private final Queue<OwnWrite> own = new ConcurrentLinkedQueue<>();

  /** Who sleeps, or is about to: written by that thread, read by those who may have to wake it. */
  private volatile @Nullable Thread sleeper;

  private volatile boolean closed;

  // Below: the committer's own.

  /** Large messages, and what has come after them for the same ids. */
  @SuppressWarnings("JdkObsolete") // adding to an array that has to grow can lose what is in it
  private final Queue<WriteCall> setAside = new LinkedList<>();

  /** Of how many of those each id is. */
  private final Map<SpoolId, Integer> idsSetAside = new HashMap<>();

  /** Whether small ones have gone before. */
  private boolean largeIsNext;

  /** Takes a call. Never blocks. */
  void add(WriteCall call) {
    queue.offer(call);
    wake();
  }

  /** Takes a write of the spool's own. Never blocks. */
  void addOwn(OwnWrite write) {
    own.add(write);
    wake();
  }

  /** Nobody sleeps any more. What is added nevertheless is taken. */
  void close() {
    closed = true;
    wake();
  }

  boolean isClosed() {
    return closed;
  }

  private void wake() {
    VarHandle.fullFence(); // what was added is seen before the sleeper is looked for
    Thread asleep = sleeper;
    if (asleep != null) {
      LockSupport.unpark(asleep);
    }
  }

  /** Sleeps while there is nothing to do; may return early. */
  void sleep() {
    sleeper = Thread.currentThread();
    VarHandle.fullFence();
    if (!hasCalls() && own.isEmpty() && !closed) {
      LockSupport.park(this);
    }
    sleeper = null;
  }

  /** Tells whether a call waits. */
  boolean hasCalls() {
    return !queue.isEmpty() || !setAside.isEmpty();
  }

  /** Takes a write of the spool's own; null if there is none. */
  @Nullable OwnWrite pollOwn() {
    return own.poll();
  }

  /** Takes calls into a group that is empty. It stays so if all of them were withdrawn. */
  void take(Group group) {
    if (largeIsNext) {
      largeIsNext = false;
      takeSetAside(group);
      return;
    }
    takeSmall(group);
    if (group.isEmpty()) {
      takeSetAside(group);
    } else {
      largeIsNext = !setAside.isEmpty();
    }
  }

  private void takeSmall(Group group) {
    long bytes = 0;
    while (bytes < GROUP_BYTES && group.size() < GROUP_CALLS) {
      WriteCall call = queue.relaxedPeek();
      if (call == null) {
        return;
      }
      boolean aside = isLarge(call) || idsSetAside.containsKey(call.id());
      if (aside) {
        setAside(call);
      }
      WriteCall unused = queue.relaxedPoll();
      if (!aside && call.join()) {
        group.add(call);
        bytes += length(call);
      }
    }
  }

  /** Does so, or nothing, if there is no memory for it. */
  private void setAside(WriteCall call) {
    idsSetAside.merge(call.id(), 1, Integer::sum);
    boolean added = false;
    try {
      added = setAside.add(call);
    } finally {
      if (!added) {
        forget(call.id());
      }
    }
  }

  /** One of an id is set aside no more. */
  private void forget(SpoolId id) {
    idsSetAside.computeIfPresent(id, (same, count) -> count == 1 ? null : count - 1);
  }

  /** Takes one large message with what follows for the same ids, up to the next large one. */
  private void takeSetAside(Group group) {
    WriteCall call = setAside.peek();
    while (call != null && (group.isEmpty() || !isLarge(call)) && group.size() < GROUP_CALLS) {
      forget(call.id()); // first: there may be no memory for it
      setAside.remove();
      if (call.join()) {
        group.add(call);
      }
      call = setAside.peek();
    }
  }

  /**
   * Fails all calls that wait.
   *
   * @param group takes them meanwhile; those that are left in it when this fails are not failed
   */
  void failAll(Group group, SpoolException failure) {
    while (hasCalls()) {
      take(group);
      group.failAll(failure);
    }
  }

  private static boolean isLarge(WriteCall call) {
    return length(call) >= GROUP_BYTES;
  }

  private static int length(WriteCall call) {
    byte[] data = call.data();
    return data == null ? 0 : data.length;
  }
}
