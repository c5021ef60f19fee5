package dev.spool;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue between a scan and its consumers: bounded by entries and by bytes, so that a
 * slow consumer holds the scan back instead of filling the memory. An entry larger than the bound
 * in bytes passes alone.
 *
 * <p>One scan sends, and then either completes or fails the channel; any number of consumers
 * receive, each entry going to one of them. A channel that failed hands over what was sent before,
 * and then fails every consumer: an incomplete scan never looks complete. All methods are safe for
 * use by any thread.
 */
public final class EntryChannel implements Iterable<SpoolEntry>, AutoCloseable {
  /** What an entry takes beside its payload, in bytes: object headers, the id, the queue's slot. */
  private static final long OVERHEAD = 64;

  /** Until it is looked again whether there is memory. */
  private static final long PAUSE_NANOS = 10_000_000;

  static {
    // A class that is used for the first time takes memory, and so what waits for that needs some.
    try {
      throw new InternalError();
    } catch (OutOfMemoryError | InternalError e) {
      pause(1);
    }
  }

  private final int maxEntries;
  private final long maxBytes;

  /**
   * A monitor, told of entries, of room, and of the end: to wait for it and to tell it need no
   * memory, for want of which the JDK's conditions lose who waits.
   */
  private final Object lock = new Object();

  // All below: guarded by lock.

  /** How many threads wait for the monitor to be told. */
  private int waiting;

  private final ArrayDeque<SpoolEntry> queue = new ArrayDeque<>();

  /** A list with a node for each: adding to an array that has to grow can lose what is in it. */
  @SuppressWarnings("JdkObsolete")
  private final Queue<Receiver> receivers = new LinkedList<>();

  private long bytes;
  private boolean ended;
  private @Nullable SpoolException failure;

  /** Written under the lock, read without it. */
  private volatile boolean cancelled;

  private EntryChannel(int maxEntries, long maxBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  /**
   * Returns a new channel.
   *
   * @param entries how many entries may wait in it, at least 1
   * @param bytes how many bytes they may hold together, at least 1; an entry that is larger passes
   *     alone
   * @throws IllegalArgumentException if a bound is below 1
   */
  public static EntryChannel bounded(int entries, long bytes) {
    if (entries < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "a channel holds at least 1 entry and 1 byte, not " + entries + " and " + bytes);
    }
    return new EntryChannel(entries, bytes);
  }

  // Producer

  /**
   * Hands an entry over, and waits while there is no room. An interrupt does not end the wait:
   * {@link #close()} and {@link #fail} do.
   *
   * @return false once the channel is closed or has ended: the entry was not taken, and the scan
   *     should stop
   */
  public boolean send(SpoolEntry entry) {
    long weight = weight(entry);
    Receiver receiver;
    synchronized (lock) {
      awaitRoom(weight);
      if (ended) {
        return false;
      }
      receiver = receivers.poll();
      if (receiver == null) {
        queue.add(entry);
        bytes += weight;
        tell();
      }
    }
    if (receiver != null) {
      receiver.hand(entry);
    }
    return true;
  }

  /**
   * Ends the channel: consumers receive what was sent, and then the end. Without effect once it has
   * ended.
   */
  public void complete() {
    end(null, false);
  }

  /**
   * Ends the channel: consumers receive what was sent, and then {@code failure}. Without effect
   * once it has ended.
   */
  public void fail(SpoolException failure) {
    end(Objects.requireNonNull(failure, "failure"), false);
  }

  /**
   * Tells whether a consumer has closed the channel before everything was received. A scan that
   * sends nothing for long asks, and stops; {@link #send} tells all others. Takes no lock.
   */
  public boolean isCancelled() {
    return cancelled;
  }

  // Consumers

  /**
   * Waits for the next entry.
   *
   * @return the entry, or null only at the end of a scan that has seen everything
   * @throws SpoolException if the scan failed, or the channel was closed
   * @throws InterruptedException if the thread is interrupted; nothing was received then
   */
  public @Nullable SpoolEntry receive() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    synchronized (lock) {
      while (queue.isEmpty() && !ended) {
        await(0);
      }
      return take();
    }
  }

  /**
   * Waits for the next entry, for {@code timeout} at most.
   *
   * @return the entry, or null only at the end of a scan that has seen everything
   * @throws TimeoutException if there was neither an entry nor an end within the time
   * @throws SpoolException if the scan failed, or the channel was closed
   * @throws InterruptedException if the thread is interrupted; nothing was received then
   */
  public @Nullable SpoolEntry receive(Duration timeout)
      throws InterruptedException, TimeoutException {
    long nanos = Deadline.after(timeout).remaining().toNanos();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    long begun = System.nanoTime();
    synchronized (lock) {
      while (queue.isEmpty() && !ended) {
        long left = nanos - (System.nanoTime() - begun);
        if (left <= 0) {
          throw new TimeoutException("no entry within " + timeout);
        }
        await(left);
      }
      return take();
    }
  }

  /**
   * Returns the next entry as a future: the entry, null at the end of a scan that has seen
   * everything, or the failure. It completes on a thread of the JDK's choice ({@link
   * CompletableFuture#defaultExecutor()}) unless an entry is there already.
   *
   * <p>A future that was cancelled, or timed out, receives nothing. If an entry is on its way to it
   * already, then {@code cancel} returns false, and the future completes with that entry: none is
   * lost.
   */
  public CompletableFuture<@Nullable SpoolEntry> receiveAsync() {
    synchronized (lock) {
      try {
        if (queue.isEmpty() && !ended) {
          Receiver receiver = new Receiver();
          receivers.add(receiver);
          return receiver;
        }
        CompletableFuture<@Nullable SpoolEntry> received = new CompletableFuture<>(); // first
        boolean unused = received.complete(take());
        return received;
      } catch (SpoolException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
  }

  /**
   * Returns an iterator over the entries to come. {@code hasNext} waits; it throws the scan's
   * failure, and {@link CancellationException}, with the interrupt flag set, if the thread is
   * interrupted.
   */
  @Override
  public Iterator<SpoolEntry> iterator() {
    return new ReceivingIterator();
  }

  /**
   * Returns a publisher of the entries to come, which honours demand. Entries go to one of its
   * subscribers each. Since an entry may be under way to a subscriber that cancels, cancelling a
   * subscription closes the channel.
   */
  public Flow.Publisher<SpoolEntry> publisher() {
    return subscriber -> {
      Objects.requireNonNull(subscriber, "subscriber");
      ChannelSubscription subscription = new ChannelSubscription(this, subscriber);
      subscriber.onSubscribe(subscription);
      subscription.start();
    };
  }

  /**
   * Cancels: the scan's future fails with {@link ScanCancelledException}, and so do the other
   * consumers; what was not received is dropped. Without effect on a channel of which everything
   * was received.
   */
  @Override
  public void close() {
    end(new ScanCancelledException(), true);
  }

  private void end(@Nullable SpoolException why, boolean drop) {
    List<Receiver> waitingAsync;
    synchronized (lock) {
      boolean drained = ended && queue.isEmpty();
      if (drop ? drained : ended) {
        return;
      }
      // First: after a failure for want of memory nothing has changed, and it can be tried again.
      waitingAsync = new ArrayList<>(receivers); // those mean that the queue is empty
      if (!ended || failure == null) {
        failure = why;
      }
      ended = true;
      if (drop) {
        cancelled = true;
        queue.clear();
        bytes = 0;
      }
      receivers.clear();
      tell();
    }
    for (Receiver receiver : waitingAsync) {
      receiver.end(why);
    }
  }

  /**
   * Takes the next entry; null at the end. The lock is held, and an entry or the end is there.
   *
   * @throws SpoolException the failure that the channel has ended with
   */
  private @Nullable SpoolEntry take() {
    SpoolEntry entry = queue.poll();
    if (entry != null) {
      bytes -= weight(entry);
      tell();
      return entry;
    }
    if (failure != null) {
      throw failure;
    }
    return null;
  }

  /** Waits until there is room, or the end; interrupts are left for later. The lock is held. */
  private void awaitRoom(long weight) {
    boolean interrupted = false;
    while (!ended
        && !queue.isEmpty()
        && (queue.size() >= maxEntries || bytes + weight > maxBytes)) {
      try {
        await(0);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until something has changed. The lock is held.
   *
   * @param nanos for how long at most; 0 for ever
   */
  @SuppressWarnings("WaitNotInLoop") // those who call it do so in one
  private void await(long nanos) throws InterruptedException {
    waiting++;
    try {
      if (nanos == 0) {
        lock.wait();
      } else {
        TimeUnit.NANOSECONDS.timedWait(lock, nanos);
      }
    } finally {
      waiting--;
    }
  }

  /** Something has changed. The lock is held. */
  private void tell() {
    if (waiting > 0) {
      lock.notifyAll(); // who waits for room and who for an entry may do so side by side
    }
  }

  /** Waits a little until there is memory, though the thread be interrupted. Needs none. */
  static void pause() {
    pause(PAUSE_NANOS);
  }

  private static void pause(long nanos) {
    boolean interrupted = false;
    long begun = System.nanoTime();
    for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - begun)) {
      interrupted |= Thread.interrupted(); // else it would not wait
      LockSupport.parkNanos(left);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static long weight(SpoolEntry entry) {
    return entry instanceof SpoolEntry.Item item ? OVERHEAD + item.data().length : OVERHEAD;
  }

  /**
   * A consumer that waits. Who takes it out of the queue of receivers decides how it completes: the
   * channel, or somebody who cancels it or lets it time out. So an entry is never handed to a
   * future that does not take it.
   */
  private final class Receiver extends CompletableFuture<@Nullable SpoolEntry> {

    /** Made before it waits: there may be no memory for it when it is to be told. */
    private final Runnable telling = new Telling();

    // What it is told; written before that.
    private @Nullable SpoolEntry entry;
    private @Nullable SpoolException why;

    private final class Telling implements Runnable {
      @Override
      public void run() {
        boolean told = false;
        while (!told) { // a failure takes memory, and nobody else would tell of it
          try {
            tellOnce();
            told = true;
          } catch (OutOfMemoryError e) {
            pause();
          }
        }
      }
    }

    void hand(SpoolEntry received) {
      entry = received;
      elsewhere();
    }

    void end(@Nullable SpoolException failed) {
      why = failed;
      elsewhere();
    }

    private void tellOnce() {
      boolean unused = why == null ? super.complete(entry) : super.completeExceptionally(why);
    }

    /** On this thread only if there is no other: the consumer must not wait for ever. */
    private void elsewhere() {
      try {
        defaultExecutor().execute(telling);
      } catch (RejectedExecutionException | OutOfMemoryError | InternalError e) {
        telling.run();
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return withdraw() ? super.cancel(mayInterruptIfRunning) : isCancelled();
    }

    @Override
    public boolean complete(@Nullable SpoolEntry value) {
      return withdraw() && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable ex) {
      return withdraw() && super.completeExceptionally(ex);
    }

    private boolean withdraw() {
      synchronized (lock) {
        return receivers.remove(this);
      }
    }
  }

  private final class ReceivingIterator implements Iterator<SpoolEntry> {
    private @Nullable SpoolEntry next;

    @Override
    public boolean hasNext() {
      if (next == null) {
        try {
          next = receive();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          CancellationException cancelled =
              new CancellationException("interrupted while waiting for an entry");
          cancelled.initCause(e);
          throw cancelled;
        }
      }
      return next != null;
    }

    @Override
    public SpoolEntry next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      SpoolEntry entry = next;
      next = null;
      return entry;
    }
  }
}
