package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class EntryPublisherTest {
  private final EntryChannel channel = EntryChannel.bounded(100_000, 100_000_000);

  @Test
  void demandIsHonoured() {
    Subscriber subscriber = subscribe();
    send(10);
    assertThat(subscriber.received).isEmpty();
    subscriber.subscription().request(3);
    assertThat(subscriber.received).hasSize(3);
    subscriber.subscription().request(2);
    subscriber.subscription().request(1);
    assertThat(subscriber.received).hasSize(6);
  }

  @Test
  void endComesAfterEverything() {
    Subscriber subscriber = subscribe();
    send(10);
    channel.complete();
    subscriber.subscription().request(Long.MAX_VALUE);
    subscriber.awaitEnd();
    assertThat(subscriber.received).hasSize(10);
  }

  @Test
  void failureComesAfterEverything() {
    Subscriber subscriber = subscribe();
    send(10);
    SpoolException failure = new SpoolIOException("a test's", null);
    channel.fail(failure);
    subscriber.subscription().request(100);
    assertThatThrownBy(subscriber::awaitEnd).hasCause(failure);
    assertThat(subscriber.received).hasSize(10);
  }

  @Test
  void entriesThatComeLaterAreHandedOver() {
    Subscriber subscriber = subscribe();
    subscriber.subscription().request(Long.MAX_VALUE);
    subscriber.subscription().request(Long.MAX_VALUE);
    send(1000);
    channel.complete();
    subscriber.awaitEnd();
    assertThat(subscriber.received).hasSize(1000);
  }

  @Test
  void askingFromWithinOnNextDoesNotRecurse() {
    Subscriber subscriber =
        new Subscriber() {
          @Override
          public void onNext(SpoolEntry entry) {
            super.onNext(entry);
            subscription().request(1);
          }
        };
    channel.publisher().subscribe(subscriber);
    send(50_000);
    channel.complete();
    subscriber.subscription().request(1);
    subscriber.awaitEnd();
    assertThat(subscriber.received).hasSize(50_000);
  }

  @Test
  void signalsComeOneAtATimeWhileManyThreadsAsk() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger clashes = new AtomicInteger();
    Subscriber subscriber =
        new Subscriber() {
          @Override
          public void onNext(SpoolEntry entry) {
            if (inside.incrementAndGet() != 1) {
              clashes.incrementAndGet();
            }
            super.onNext(entry);
            inside.decrementAndGet();
          }
        };
    channel.publisher().subscribe(subscriber);
    List<Thread> askers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Thread asker =
          new Thread(
              () -> {
                for (int n = 0; n < 1000; n++) {
                  subscriber.subscription().request(1);
                }
              });
      asker.start();
      askers.add(asker);
    }
    send(2999);
    channel.complete();
    for (Thread asker : askers) {
      asker.join();
    }
    subscriber.awaitEnd();
    assertThat(subscriber.received).hasSize(2999);
    assertThat(clashes).hasValue(0);
  }

  @Test
  void demandThatIsNotPositiveFailsTheSubscriber() {
    for (long demand : new long[] {0, -1, Long.MIN_VALUE}) {
      EntryChannel own = EntryChannel.bounded(10, 10_000);
      Subscriber subscriber = new Subscriber();
      own.publisher().subscribe(subscriber);
      subscriber.subscription().request(demand);
      assertThatThrownBy(subscriber::awaitEnd).hasCauseInstanceOf(IllegalArgumentException.class);
      assertThat(own.send(entry(1))).isFalse();
    }
  }

  @Test
  void demandThatIsNotPositiveFailsASubscriberThatWaits() {
    Subscriber subscriber = subscribe();
    subscriber.subscription().request(5);
    subscriber.subscription().request(0);
    assertThatThrownBy(subscriber::awaitEnd).hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void cancellingClosesTheChannelAndSignalsNoMore() {
    Subscriber subscriber = subscribe();
    send(5);
    subscriber.subscription().request(2);
    subscriber.subscription().cancel();
    subscriber.subscription().request(2);
    assertThat(subscriber.received).hasSize(2);
    assertThat(channel.send(entry(1))).isFalse();
    assertThat(subscriber.end).isNotDone();
  }

  @Test
  void subscriberThatThrowsHasCancelled() {
    Subscriber subscriber =
        new Subscriber() {
          @Override
          public void onNext(SpoolEntry entry) {
            super.onNext(entry);
            throw new IllegalStateException("thrown by a test");
          }
        };
    channel.publisher().subscribe(subscriber);
    send(5);
    subscriber.subscription().request(5);
    assertThat(subscriber.received).hasSize(1);
    assertThat(channel.send(entry(1))).isFalse();
  }

  @Test
  void noSignalComesBeforeOnSubscribeHasReturned() {
    List<String> signals = Collections.synchronizedList(new ArrayList<>());
    Subscriber subscriber =
        new Subscriber() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            super.onSubscribe(given);
            given.request(2);
            signals.add("onSubscribe has returned");
          }

          @Override
          public void onNext(SpoolEntry entry) {
            signals.add("onNext");
          }
        };
    send(2);
    channel.publisher().subscribe(subscriber);
    assertThat(signals).containsExactly("onSubscribe has returned", "onNext", "onNext");
  }

  @Test
  void subscribersShareTheEntries() {
    Subscriber one = subscribe();
    Subscriber two = subscribe();
    send(10);
    one.subscription().request(4);
    two.subscription().request(Long.MAX_VALUE);
    assertThat(one.received).hasSize(4);
    assertThat(two.received).hasSize(6).doesNotContainAnyElementsOf(one.received);
  }

  private Subscriber subscribe() {
    Subscriber subscriber = new Subscriber();
    channel.publisher().subscribe(subscriber);
    return subscriber;
  }

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      assertThat(channel.send(entry(i))).isTrue();
    }
  }

  private static SpoolEntry entry(int number) {
    return new SpoolEntry.Listed(SpoolId.random(), number);
  }

  private static class Subscriber implements Flow.Subscriber<SpoolEntry> {
    final List<SpoolEntry> received = Collections.synchronizedList(new ArrayList<>());
    final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    private volatile Flow.@Nullable Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
    }

    @Override
    public void onNext(SpoolEntry entry) {
      received.add(entry);
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      end.complete(null);
    }

    Flow.Subscription subscription() {
      Flow.Subscription given = subscription;
      assertThat(given).isNotNull();
      return given;
    }

    void awaitEnd() {
      end.join();
    }
  }
}
