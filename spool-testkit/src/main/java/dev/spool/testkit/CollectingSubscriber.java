package dev.spool.testkit;

import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Asks for three entries at a time. */
final class CollectingSubscriber implements Flow.Subscriber<SpoolEntry> {
  private final CompletableFuture<Map<SpoolId, byte[]>> result;
  private final Map<SpoolId, byte[]> seen = new ConcurrentHashMap<>();
  private Flow.@Nullable Subscription subscription;
  private int count;

  CollectingSubscriber(CompletableFuture<Map<SpoolId, byte[]>> result) {
    this.result = result;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(3);
  }

  @Override
  public void onNext(SpoolEntry entry) {
    SpoolEntry.Item item = (SpoolEntry.Item) entry;
    seen.put(item.id(), item.data());
    Flow.Subscription current = subscription;
    if (++count % 3 == 0 && current != null) {
      current.request(3);
    }
  }

  @Override
  public void onError(Throwable failure) {
    result.completeExceptionally(SpoolException.unwrap(failure));
  }

  @Override
  public void onComplete() {
    result.complete(seen);
  }
}
