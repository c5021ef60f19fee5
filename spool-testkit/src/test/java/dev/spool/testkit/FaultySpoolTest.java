package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanCancelledException;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.example.toyspool.ToyFixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each fault shows what it says, and heals. */
class FaultySpoolTest {
  @TempDir Path dir;
  private Spool wrapped;
  private FaultySpool spool;
  private final SpoolId id = SpoolId.random();
  private final byte[] message = Messages.of(1, 1000);

  @BeforeEach
  void open() {
    wrapped = new ToyFixture().open(dir, Map.of(), null);
    spool = new FaultySpool(wrapped);
    Check.get(spool.store(id, message));
  }

  @AfterEach
  void close() {
    spool.close();
  }

  @Test
  void sheddingRefusesStoresOnly() {
    spool.shed();
    SpoolUnhealthyException failure =
        Check.failure(SpoolUnhealthyException.class, spool.store(SpoolId.random(), message));
    assertThat(failure).isNotInstanceOf(SpoolFullException.class);
    assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.SHEDDING);
    Check.holdsExactly(spool, Map.of(id, message));
    Check.get(spool.remove(id));

    spool.heal();
    assertThat(spool.unhealthyReason()).isNull();
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.HEALTHY);
    Check.get(spool.store(id, message));
  }

  @Test
  void fullRefusesStoresWithItsOwnType() {
    spool.full();
    Check.failure(SpoolFullException.class, spool.store(SpoolId.random(), message));
    assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
    Check.get(spool.remove(id));
    spool.heal();
    Check.get(spool.store(id, message));
  }

  @Test
  void failsTheNextCallOnce() {
    SpoolException planned = new SpoolIOException("planned", null);
    spool.failNext(planned);
    assertThat(Check.failure(spool.load(id))).isSameAs(planned);
    Check.holds(spool, id, message);
    Check.get(spool.store(id, message));
    Check.get(spool.remove(id));
  }

  @Test
  void failsTheNextCallOfAKind() {
    SpoolException first = new SpoolIOException("first", Outcome.UNKNOWN, null);
    SpoolException second = new SpoolIOException("second", null);
    spool.failNext(FaultySpool.Call.STORE, first);
    spool.failNext(FaultySpool.Call.STORE, second);
    Check.holds(spool, id, message);
    assertThat(Check.failure(spool.store(id, Messages.of(2, 2)))).isSameAs(first);
    assertThat(Check.failure(spool.store(id, Messages.of(2, 2)))).isSameAs(second);
    Check.holds(spool, id, message);
    Check.get(spool.store(id, Messages.of(2, 2)));
    Check.holds(spool, id, Messages.of(2, 2));
  }

  @Test
  void failsAScanForItsConsumersToo() {
    SpoolException planned = new SpoolIOException("planned", null);
    spool.failNext(FaultySpool.Call.SCAN, planned);
    EntryChannel channel = EntryChannel.bounded(1, 1);
    assertThat(Check.failure(spool.enumerate(channel))).isSameAs(planned);
    assertThat(Check.failure(channel.receiveAsync())).isSameAs(planned);
  }

  @Test
  void healingForgetsWhatWasPlanned() {
    spool.failNext(new SpoolIOException("planned", null));
    spool.corrupt(id);
    spool.heal();
    Check.holdsExactly(spool, Map.of(id, message));
  }

  @Test
  void stalledCallsGoOnWhenReleased() {
    spool.stall();
    SpoolId other = SpoolId.random();
    CompletableFuture<Void> store = spool.store(other, message);
    CompletableFuture<byte[]> load = spool.load(other);
    CompletableFuture<Void> remove = spool.remove(id);
    assertThat(spool.stalledCalls()).isEqualTo(3);
    assertThat(store).isNotDone();
    Check.absent(wrapped, other);
    assertThat(Check.list(spool).listed()).containsOnlyKeys(id);
    spool.release();
    Check.get(store);
    Check.get(remove);
    assertThat(load).isDone();
    Check.holdsExactly(spool, Map.of(other, message));
  }

  @Test
  void stallsOnlyTheKindsThatWereNamed() {
    spool.stall(FaultySpool.Call.REMOVE);
    CompletableFuture<Void> remove = spool.remove(id);
    Check.holds(spool, id, message);
    assertThat(remove).isNotDone();
    spool.heal();
    Check.get(remove);
  }

  @Test
  void deadlineOfAStalledCallFires() {
    spool.stall();
    SpoolId other = SpoolId.random();
    CompletableFuture<Void> store =
        spool.store(other, message, Durability.SYNC, Deadline.after(Duration.ofMillis(10)));
    DeadlineExceededException failure = Check.failure(DeadlineExceededException.class, store);
    assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(spool.stalledCalls()).isZero();
    spool.release();
    Check.absent(spool, other);
  }

  @Test
  void cancelledStalledCallIsWithdrawn() {
    spool.stall();
    CompletableFuture<Void> remove = spool.remove(id);
    assertThat(remove.cancel(true)).isTrue();
    spool.release();
    Check.holds(spool, id, message);
  }

  @Test
  void shutdownFailsWhatIsStalled() {
    spool.stall();
    CompletableFuture<Void> store = spool.store(SpoolId.random(), message);
    spool.close();
    assertThat(Check.failure(SpoolClosedException.class, store).outcome())
        .isEqualTo(Outcome.NOT_APPLIED);
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
  }

  @Test
  void corruptMessageIsNotLoaded() {
    spool.corrupt(id);
    MessageCorruptException failure = Check.failure(MessageCorruptException.class, spool.load(id));
    assertThat(failure.detail()).contains(id.toString());
    Check.get(spool.store(id, Messages.of(3, 3)));
    Check.holds(spool, id, Messages.of(3, 3));
  }

  @Test
  void corruptMessageIsReportedByScans() {
    SpoolId other = SpoolId.random();
    Check.get(spool.store(other, message));
    spool.corrupt(id);
    for (Check.Scanned scan : new Check.Scanned[] {Check.enumerate(spool), Check.list(spool)}) {
      assertThat(scan.entries()).hasSize(2);
      assertThat(scan.corrupt()).extracting(SpoolEntry.Corrupt::id).containsExactly(id);
      assertThat(scan.report().items()).isEqualTo(1);
      assertThat(scan.report().corrupt()).isEqualTo(1);
    }
  }

  @Test
  void scanWithACorruptMessageIsCancelledByItsConsumer() throws Exception {
    Check.storeAll(spool, Messages.mixed(4, 50, 100));
    spool.corrupt(id);
    EntryChannel channel = EntryChannel.bounded(1, 1);
    var scan = spool.enumerate(channel);
    assertThat(channel.receive()).isNotNull();
    channel.close();
    Check.failure(ScanCancelledException.class, scan);
  }

  @Test
  void corruptMessageIsQuarantined() throws Exception {
    spool.corrupt(id);
    Path aside = dir.resolve("aside");
    Check.get(spool.quarantine(id, aside));
    Check.failure(MessageNotFoundException.class, spool.load(id));
    Check.same(Files.readAllBytes(aside.resolve(id.toString())), message);
    assertThat(aside.resolve(id + ".reason")).content().contains("damaged");
  }
}
