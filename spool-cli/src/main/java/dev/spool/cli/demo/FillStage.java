package dev.spool.cli.demo;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolId;
import dev.spool.cli.Text;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills a spool up to a small quota, and shows that it refuses honestly, that it can be drained,
 * and that it recovers without a restart.
 */
final class FillStage {
  private static final int IN_FLIGHT = 64;

  /** So many messages are not removed when it is drained. */
  private static final int LEFT = 50;

  /** For what a spool does within a few seconds by itself; far more than it needs. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Setting setting;
  private final SmallSpool small;
  private final Random random;
  private final Ledger ledger;
  private final List<SpoolId> stored = new ArrayList<>();

  FillStage(Setting setting, SmallSpool small) {
    this.setting = setting;
    this.small = small;
    this.random = new Random(setting.seed());
    this.ledger = new Ledger(setting.mail());
  }

  Ledger.Verdict run() throws InterruptedException {
    try (Spool spool = small.open(setting)) {
      SpoolFullException refusal = fill(spool);
      await("it says that it is unhealthy", () -> spool.unhealthyReason() != null);
      setting.say(
          "  %-8s room for %s: %s stored, and then refused: %s",
          small.scheme(),
          Text.bytes(small.quota()),
          Text.messages(stored.size()),
          refusal.getClass().getSimpleName());
      setting.say("           the operator sees  %s", refusal.detail());
      setting.say("           unhealthyReason()  %s", spool.unhealthyReason());
      setting.say("           SMTP answers       452 4.3.1 %s", refusal.getMessage());
      setting.say("           HTTP answers       507 Insufficient Storage");
      readOne(spool);
      int removed = drain(spool);
      storeAgain(spool);
      Ledger.Verdict verdict = ledger.check(spool);
      setting.say(
          "           then %s removed, and it takes stores again, without a restart; %s there: %d"
              + " lost, %d altered",
          Text.messages(removed), Text.count(verdict.present()), verdict.lost(), verdict.altered());
      return verdict;
    }
  }

  private record Pending(SpoolId id, int number, CompletableFuture<Void> store) {}

  /** Stores until the spool refuses, and returns how it did. */
  private SpoolFullException fill(Spool spool) throws InterruptedException {
    long begin = System.nanoTime();
    ArrayDeque<Pending> pending = new ArrayDeque<>();
    SpoolFullException refusal = null;
    long offered = 0;
    while (refusal == null || !pending.isEmpty()) {
      if (refusal == null && pending.size() < IN_FLIGHT) {
        if (offered > 8 * small.quota()) {
          throw failure("it was never refused, after " + Text.bytes(offered));
        }
        SpoolId id = SpoolId.random();
        int number = random.nextInt(setting.mail().size());
        byte[] message = setting.mail().message(id, number);
        offered += message.length;
        while (offered * 1e9 / small.pace() > System.nanoTime() - begin) {
          Thread.sleep(10);
        }
        pending.add(new Pending(id, number, spool.store(id, message, Durability.SYNC, null)));
        continue;
      }
      SpoolFullException refused = settle(pending.remove());
      refusal = refusal == null ? refused : refusal;
    }
    return refusal;
  }

  /** Returns the refusal, or null if the message was stored. */
  private @Nullable SpoolFullException settle(Pending store) {
    try {
      store.store().join();
      stored.add(store.id());
      ledger.note(new AckLine(AckLine.Kind.STORED, store.id(), store.number(), 0));
      return null;
    } catch (CompletionException e) {
      if (SpoolException.unwrap(e) instanceof SpoolFullException full) {
        return full;
      }
      throw failure("a store failed with " + SpoolException.unwrap(e));
    }
  }

  private void readOne(Spool spool) {
    byte[] read = spool.load(stored.get(0)).join();
    int number = setting.mail().numberOf(read);
    if (number < 0 || !Arrays.equals(read, setting.mail().message(stored.get(0), number))) {
      throw failure("a message read from the full spool is not what was stored");
    }
  }

  /** Removes messages, one at a time, all but a few; then waits for the recovery. */
  private int drain(Spool spool) throws InterruptedException {
    int count = Math.max(0, stored.size() - LEFT);
    for (SpoolId id : stored.subList(0, count)) {
      ledger.note(new AckLine(AckLine.Kind.REMOVING, id, 0, 0));
      spool.remove(id, Durability.BUFFERED, null).join();
      ledger.note(new AckLine(AckLine.Kind.REMOVED, id, 0, 0));
    }
    spool.compact().join();
    await("it takes stores again", () -> spool.unhealthyReason() == null);
    return count;
  }

  private void storeAgain(Spool spool) {
    SpoolId id = SpoolId.random();
    spool.store(id, setting.mail().message(id, 0), Durability.SYNC, null).join();
    ledger.note(new AckLine(AckLine.Kind.STORED, id, 0, 0));
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw failure("waited for a minute, in vain, until " + what);
      }
      Thread.sleep(10);
    }
  }

  private DemoFailure failure(String what) {
    return new DemoFailure(small.scheme() + ", filled: " + what);
  }
}
