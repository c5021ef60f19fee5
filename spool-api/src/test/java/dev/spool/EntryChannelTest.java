package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class EntryChannelTest {
  private final SpoolIOException planned = new SpoolIOException("a test's", null);

  @Test
  void entriesComeInOrderAndThenTheEnd() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    for (int i = 0; i < 5; i++) {
      assertThat(channel.send(listed(i))).isTrue();
    }
    channel.complete();
    for (int i = 0; i < 5; i++) {
      assertThat(channel.receive()).isEqualTo(listed(i));
    }
    assertThat(channel.receive()).isNull();
    assertThat(channel.receive()).isNull();
    assertThat(channel.receive(Duration.ZERO)).isNull();
    assertThat(channel.receiveAsync()).isCompletedWithValue(null);
  }

  @Test
  void boundsBelowOneAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> EntryChannel.bounded(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> EntryChannel.bounded(1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> EntryChannel.bounded(-1, -1));
  }

  @Test
  void boundedByCount() throws Exception {
    EntryChannel channel = EntryChannel.bounded(3, Long.MAX_VALUE);
    Producer producer = Producer.of(channel, 10, 0);
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(3);
    assertThat(channel.receive()).isNotNull();
    producer.awaitSent(4);
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(4);
    assertThat(drain(channel)).isEqualTo(9);
    producer.end();
  }

  @Test
  void boundedByBytes() throws Exception {
    EntryChannel channel = EntryChannel.bounded(1000, 3500);
    Producer producer = Producer.of(channel, 10, 1000);
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(3);
    assertThat(channel.receive()).isNotNull();
    producer.awaitSent(4);
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(4);
    assertThat(drain(channel)).isEqualTo(9);
    producer.end();
  }

  @Test
  void entryLargerThanTheBoundPassesAlone() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 100);
    Producer producer = Producer.of(channel, 3, 5000);
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(1);
    assertThat(drain(channel)).isEqualTo(3);
    producer.end();
  }

  @Test
  void smallEntryDoesNotJoinALargeOne() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 1000);
    assertThat(channel.send(item(5000))).isTrue();
    Producer producer = Producer.of(channel, 1, 1);
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(0);
    assertThat(drain(channel)).isEqualTo(2);
    producer.end();
  }

  @Test
  void emptyEntriesAreBoundedByBytesToo() throws Exception {
    EntryChannel channel = EntryChannel.bounded(1_000_000, 6400);
    Producer producer = Producer.of(channel, 100_000, 0);
    producer.awaitBlocked();
    assertThat(producer.sent.get()).isLessThan(1000);
    assertThat(drain(channel)).isEqualTo(100_000);
    producer.end();
  }

  @Test
  void hugeByteBoundDoesNotOverflow() throws Exception {
    EntryChannel channel = EntryChannel.bounded(Integer.MAX_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < 100; i++) {
      assertThat(channel.send(item(1000))).isTrue();
    }
    channel.complete();
    assertThat(drain(channel)).isEqualTo(100);
  }

  @Test
  void interruptDoesNotEndTheProducersWait() throws Exception {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    Producer producer = Producer.of(channel, 2, 0);
    producer.awaitBlocked();
    producer.thread.interrupt();
    producer.awaitBlocked();
    assertThat(producer.sent).hasValue(1);
    assertThat(drain(channel)).isEqualTo(2);
    producer.end();
    assertThat(producer.interrupted).isTrue();
  }

  @Test
  void closingFreesABlockedProducer() throws Exception {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    Producer producer = Producer.of(channel, 5, 0);
    producer.awaitBlocked();
    channel.close();
    producer.end();
    assertThat(producer.sent).hasValue(1);
    assertThat(producer.refused).isTrue();
    assertThatThrownBy(channel::receive).isInstanceOf(ScanCancelledException.class);
  }

  @Test
  void sendingAfterTheEndIsRefused() {
    EntryChannel completed = EntryChannel.bounded(1, 1);
    completed.complete();
    assertThat(completed.send(listed(1))).isFalse();
    EntryChannel failed = EntryChannel.bounded(1, 1);
    failed.fail(planned);
    assertThat(failed.send(listed(1))).isFalse();
    EntryChannel closed = EntryChannel.bounded(1, 1);
    closed.close();
    assertThat(closed.send(listed(1))).isFalse();
  }

  @Test
  @SuppressWarnings("DataFlowIssue")
  void nullIsRefused() {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    assertThatNullPointerException().isThrownBy(() -> channel.send(null));
    assertThatNullPointerException().isThrownBy(() -> channel.fail(null));
    assertThatNullPointerException().isThrownBy(() -> channel.receive(null));
    assertThatNullPointerException().isThrownBy(() -> channel.publisher().subscribe(null));
  }

  @Test
  void failureComesAfterWhatWasSentToEveryConsumer() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    channel.send(listed(1));
    channel.send(listed(2));
    channel.fail(planned);
    assertThat(channel.receive()).isEqualTo(listed(1));
    assertThat(channel.receiveAsync()).isCompletedWithValue(listed(2));
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(channel::receive).isSameAs(planned);
      assertThatThrownBy(() -> channel.receive(Duration.ofDays(1))).isSameAs(planned);
      assertThat(channel.receiveAsync()).isCompletedExceptionally();
      assertThatThrownBy(() -> channel.iterator().hasNext()).isSameAs(planned);
    }
  }

  @Test
  void failureWakesEveryWaitingConsumer() {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    List<CompletableFuture<?>> consumers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      consumers.add(run(channel::receive));
      consumers.add(channel.receiveAsync());
      consumers.add(run(() -> channel.receive(Duration.ofDays(1))));
    }
    channel.fail(planned);
    for (CompletableFuture<?> consumer : consumers) {
      assertThat(consumer.handle((entry, failure) -> SpoolException.unwrap(failure)).join())
          .isSameAs(planned);
    }
  }

  @Test
  void firstEndCounts() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    channel.complete();
    channel.fail(planned);
    channel.close();
    assertThat(channel.receive()).isNull();
    EntryChannel failed = EntryChannel.bounded(10, 10_000);
    failed.fail(planned);
    failed.complete();
    failed.close();
    assertThatThrownBy(failed::receive).isSameAs(planned);
  }

  @Test
  void closingACompleteChannelThatWasNotReadNeverLooksComplete() {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    channel.send(listed(1));
    channel.complete();
    channel.close();
    assertThatThrownBy(channel::receive).isInstanceOf(ScanCancelledException.class);
  }

  @Test
  void closingDropsWhatWasNotReceived() {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    channel.send(listed(1));
    channel.fail(planned);
    channel.close();
    assertThatThrownBy(channel::receive).isSameAs(planned);
  }

  @Test
  void aProducerThatSendsNothingCanTellThatItsChannelWasClosed() throws Exception {
    EntryChannel closed = EntryChannel.bounded(10, 10_000);
    assertThat(closed.isCancelled()).isFalse();
    closed.close();
    assertThat(closed.isCancelled()).isTrue();
    EntryChannel received = EntryChannel.bounded(10, 10_000);
    received.complete();
    assertThat(received.receive()).isNull();
    received.close();
    assertThat(received.isCancelled()).isFalse();
  }

  @Test
  void receivingTimesOut() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    assertThatThrownBy(() -> channel.receive(Duration.ZERO)).isInstanceOf(TimeoutException.class);
    assertThatThrownBy(() -> channel.receive(Duration.ofMillis(-5)))
        .isInstanceOf(TimeoutException.class);
    assertThatThrownBy(() -> channel.receive(Duration.ofMillis(2)))
        .isInstanceOf(TimeoutException.class);
    channel.send(listed(1));
    assertThat(channel.receive(Duration.ZERO)).isEqualTo(listed(1));
    channel.send(listed(2));
    assertThat(channel.receive(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(listed(2));
  }

  @Test
  void interruptedConsumerReceivesNothing() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    channel.send(listed(1));
    Thread.currentThread().interrupt();
    assertThatThrownBy(channel::receive).isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> channel.receive(Duration.ofDays(1)))
        .isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> channel.iterator().hasNext())
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(channel.receive()).isEqualTo(listed(1));
  }

  @Test
  void waitingFutureGetsTheNextEntry() throws Exception {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    CompletableFuture<@Nullable SpoolEntry> first = channel.receiveAsync();
    CompletableFuture<@Nullable SpoolEntry> second = channel.receiveAsync();
    channel.send(listed(1));
    channel.send(listed(2));
    assertThat(first.get(1, TimeUnit.MINUTES)).isEqualTo(listed(1));
    assertThat(second.get(1, TimeUnit.MINUTES)).isEqualTo(listed(2));
    CompletableFuture<@Nullable SpoolEntry> last = channel.receiveAsync();
    channel.complete();
    assertThat(last.get(1, TimeUnit.MINUTES)).isNull();
  }

  @Test
  void dependentOfAFutureDoesNotRunOnTheProducer() {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    CompletableFuture<Thread> ranOn =
        channel.receiveAsync().thenApply(entry -> Thread.currentThread());
    channel.send(listed(1));
    assertThat(ranOn.join()).isNotSameAs(Thread.currentThread());
  }

  @Test
  void cancelledFutureReceivesNothing() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    CompletableFuture<@Nullable SpoolEntry> cancelled = channel.receiveAsync();
    CompletableFuture<@Nullable SpoolEntry> waiting = channel.receiveAsync();
    assertThat(cancelled.cancel(false)).isTrue();
    channel.send(listed(1));
    channel.send(listed(2));
    assertThat(waiting.get(1, TimeUnit.MINUTES)).isEqualTo(listed(1));
    assertThat(channel.receive()).isEqualTo(listed(2));
  }

  @Test
  void cancellingAFutureThatAnEntryIsOnItsWayToIsInVain() throws Exception {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    CompletableFuture<@Nullable SpoolEntry> first = channel.receiveAsync();
    channel.send(listed(1));
    channel.complete();
    assertThat(first.cancel(false)).isFalse();
    assertThat(first.completeExceptionally(planned)).isFalse();
    assertThat(first.complete(null)).isFalse();
    assertThat(first.get(1, TimeUnit.MINUTES)).isEqualTo(listed(1));
    assertThat(channel.receive()).isNull();
  }

  /** Whoever wins, sender or canceller: the entry goes to the future, or stays for the next. */
  @Test
  void entryIsNotLostToAFutureThatIsCancelledMeanwhile() throws Exception {
    for (int round = 0; round < 2000; round++) {
      EntryChannel channel = EntryChannel.bounded(10, 10_000);
      CompletableFuture<@Nullable SpoolEntry> first = channel.receiveAsync();
      int number = round;
      CompletableFuture<Boolean> sending =
          run(
              () -> {
                boolean sent = channel.send(listed(number));
                channel.complete();
                return sent;
              });
      boolean cancelled = first.cancel(false);
      assertThat(sending.get(1, TimeUnit.MINUTES)).isTrue();
      if (cancelled) {
        assertThat(channel.receive()).isEqualTo(listed(number));
      } else {
        assertThat(first.get(1, TimeUnit.MINUTES)).isEqualTo(listed(number));
      }
      assertThat(channel.receive()).isNull();
    }
  }

  @Test
  void everyEntryGoesToExactlyOneOfManyConsumers() throws Exception {
    EntryChannel channel = EntryChannel.bounded(4, 1000);
    Set<SpoolEntry> seen = ConcurrentHashMap.newKeySet();
    AtomicInteger received = new AtomicInteger();
    List<CompletableFuture<?>> consumers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      consumers.add(
          run(
              () -> {
                for (SpoolEntry entry : channel) {
                  seen.add(entry);
                  received.incrementAndGet();
                }
                return null;
              }));
      consumers.add(
          run(
              () -> {
                SpoolEntry entry;
                while ((entry = channel.receiveAsync().get()) != null) {
                  seen.add(entry);
                  received.incrementAndGet();
                }
                return null;
              }));
    }
    for (int i = 0; i < 20_000; i++) {
      assertThat(channel.send(listed(i))).isTrue();
    }
    channel.complete();
    for (CompletableFuture<?> consumer : consumers) {
      consumer.get(1, TimeUnit.MINUTES);
    }
    assertThat(received).hasValue(20_000);
    assertThat(seen).hasSize(20_000);
  }

  @Test
  void iteratorEnds() {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    channel.send(listed(1));
    channel.complete();
    Iterator<SpoolEntry> entries = channel.iterator();
    assertThat(entries.hasNext()).isTrue();
    assertThat(entries.hasNext()).isTrue();
    assertThat(entries.next()).isEqualTo(listed(1));
    assertThat(entries.hasNext()).isFalse();
    assertThatThrownBy(entries::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void futureThatTimedOutReceivesNothing() {
    EntryChannel channel = EntryChannel.bounded(10, 10_000);
    CompletableFuture<@Nullable SpoolEntry> timedOut =
        channel.receiveAsync().orTimeout(1, TimeUnit.MILLISECONDS);
    assertThatThrownBy(timedOut::join).hasCauseInstanceOf(TimeoutException.class);
    channel.send(listed(1));
    channel.complete();
    assertThat(drain(channel)).isEqualTo(1);
  }

  private static int drain(EntryChannel channel) {
    int received = 0;
    for (Iterator<SpoolEntry> entries = channel.iterator(); entries.hasNext(); entries.next()) {
      received++;
    }
    return received;
  }

  private static SpoolEntry listed(long length) {
    return new SpoolEntry.Listed(Ids.FIRST, length);
  }

  private static SpoolEntry item(int length) {
    return new SpoolEntry.Item(Ids.FIRST, new byte[length]);
  }

  private static <T> CompletableFuture<T> run(Callable<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                done.complete(work.call());
              } catch (Throwable t) {
                done.completeExceptionally(t);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  private static final class Ids {
    static final SpoolId FIRST = SpoolId.random();
  }

  /** Sends on a thread of its own, and completes the channel. */
  private static final class Producer {
    final AtomicInteger sent = new AtomicInteger();
    volatile boolean refused;
    volatile boolean interrupted;
    private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    final Thread thread;

    private Producer(EntryChannel channel, int count, int length) {
      thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < count && !refused; i++) {
                    if (channel.send(item(length))) {
                      sent.incrementAndGet();
                    } else {
                      refused = true;
                    }
                  }
                  interrupted = Thread.currentThread().isInterrupted();
                  channel.complete();
                } catch (Throwable t) {
                  thrown.set(t);
                }
              });
      thread.setDaemon(true);
    }

    static Producer of(EntryChannel channel, int count, int length) {
      Producer producer = new Producer(channel, count, length);
      producer.thread.start();
      return producer;
    }

    void awaitBlocked() {
      while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
        Thread.onSpinWait();
      }
      assertThat(thread.isAlive()).as("the producer waits").isTrue();
    }

    void awaitSent(int count) {
      while (sent.get() < count) {
        Thread.onSpinWait();
      }
    }

    void end() throws InterruptedException {
      thread.join();
      assertThat(thrown.get()).isNull();
    }
  }
}
