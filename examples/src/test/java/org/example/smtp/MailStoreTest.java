package org.example.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Deadline;
import dev.spool.MessageCorruptException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.FaultySpool;
import dev.spool.testkit.FaultySpool.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a start makes of what it finds in the two spools. */
class MailStoreTest {
  private final FaultySpool envelopes = new FaultySpool(MemorySpool.open());
  private final FaultySpool bodies = new FaultySpool(MemorySpool.open());
  private final MailStore before = new MailStore(envelopes, bodies);

  private SpoolId accept(MailStore store) {
    return store.accept(
        CrashPointsTest.envelope("a"), "text".getBytes(UTF_8), Deadline.after(Duration.ofDays(1)));
  }

  /** The store as the next process has it. */
  private MailStore restarted() {
    Receivers.laterThan(SpoolId.random());
    return new MailStore(envelopes, bodies);
  }

  private static List<SpoolId> accepted(MailStore store) {
    List<SpoolId> ids = new ArrayList<>();
    store.forEach(ids::add);
    return ids;
  }

  private SpoolId orphan() {
    SpoolId id = SpoolId.random();
    bodies.store(id, "never acknowledged".getBytes(UTF_8)).join();
    return id;
  }

  @Test
  void acceptedIsFoundAfterARestart() {
    SpoolId id = accept(before);
    MailStore store = restarted();
    assertThat(store.collectOrphans()).isZero();
    assertThat(accepted(store)).containsExactly(id);
    assertThat(store.load(id).body()).isEqualTo("text".getBytes(UTF_8));
  }

  @Test
  void bodyWithoutEnvelopeIsRemovedByTheNextProcessOnly() {
    accept(before);
    orphan();
    assertThat(before.collectOrphans()).as("it may be a store under way").isZero();
    assertThat(restarted().collectOrphans()).isOne();
    assertThat(Receivers.ids(bodies)).hasSize(1);
  }

  @Test
  void envelopeWithoutBodyIsReportedAndKept() {
    SpoolId id = accept(before);
    bodies.remove(id).join();
    MailStore store = restarted();
    assertThat(accepted(store)).containsExactly(id);
    assertThatThrownBy(() -> store.load(id)).isInstanceOf(UnpairedException.class);
    store.collectOrphans();
    assertThat(Receivers.ids(envelopes)).containsExactly(id);
  }

  @Test
  void damagedEnvelopeKeepsItsBodyAndAllOthers() {
    SpoolId id = accept(before);
    SpoolId orphan = orphan();
    envelopes.corrupt(id);
    assertThat(restarted().collectOrphans()).isZero();
    assertThat(Receivers.ids(bodies)).containsExactlyInAnyOrder(id, orphan);
  }

  @Test
  void envelopeThatCannotBeReadNowKeepsItsBody() {
    SpoolId id = accept(before);
    MailStore store = restarted();
    envelopes.failNext(Call.LOAD, new SpoolIOException("reading", null));
    assertThat(store.collectOrphans()).isZero();
    assertThat(Receivers.ids(bodies)).containsExactly(id);
  }

  @Test
  void damagedBodyIsReportedAndKept() {
    SpoolId id = accept(before);
    bodies.corrupt(id);
    MailStore store = restarted();
    assertThat(store.collectOrphans()).isZero();
    assertThatThrownBy(() -> store.load(id)).isInstanceOf(MessageCorruptException.class);
    bodies.heal();
    assertThat(store.load(id).body()).isEqualTo("text".getBytes(UTF_8));
  }

  @Test
  void scanThatFailsIsNotTakenForAnEmptySpool() {
    accept(before);
    MailStore store = restarted();
    envelopes.failNext(Call.SCAN, new SpoolIOException("listing", null));
    assertThatThrownBy(() -> accepted(store)).isInstanceOf(SpoolException.class);
    envelopes.failNext(Call.SCAN, new SpoolIOException("listing", null));
    assertThatThrownBy(store::collectOrphans).isInstanceOf(SpoolException.class);
    assertThat(Receivers.ids(bodies)).hasSize(1);
  }

  /** Its store seems to have failed; it was carried out, and the removal after it fails, too. */
  @Test
  void messageOfUnknownOutcomeThatIsThereAfterAllHasItsBody() {
    SpoolIOException unknown = new SpoolIOException("storing", Outcome.UNKNOWN, null);
    Spool late = new UnknownOutcome(envelopes, unknown);
    envelopes.failNext(Call.REMOVE, new SpoolIOException("removing", null));
    MailStore store = new MailStore(late, bodies);
    assertThatThrownBy(() -> accept(store)).isSameAs(unknown);
    MailStore next = restarted();
    assertThat(next.collectOrphans()).isZero();
    List<SpoolId> ids = accepted(next);
    assertThat(ids).hasSize(1);
    assertThat(next.load(ids.get(0)).body()).isEqualTo("text".getBytes(UTF_8));
  }

  @Test
  void removalThatFailsLeavesTheMessageWhole() {
    SpoolId id = accept(before);
    envelopes.failNext(Call.REMOVE, new SpoolIOException("removing", null));
    assertThatThrownBy(() -> before.remove(id)).isInstanceOf(SpoolIOException.class);
    assertThat(before.load(id).body()).isEqualTo("text".getBytes(UTF_8));
  }

  @Test
  void eitherSpoolIsAsked() {
    assertThat(before.unhealthyReason()).isNull();
    envelopes.shed();
    assertThat(before.unhealthyReason()).isNotNull();
    envelopes.heal();
    bodies.full();
    assertThat(before.unhealthyReason()).isNotNull();
    bodies.heal();
    assertThat(before.unhealthyReason()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb"})
  void opensTwoSpoolsAndRefusesBodiesWithoutEnvelopes(String backend, @TempDir Path dir)
      throws Exception {
    String uri = backend + ":" + dir + "/mail?minFreeSpace=0&minFreeInodes=0";
    SpoolId id;
    try (MailStore store = MailStore.open(uri)) {
      id = accept(store);
    }
    try (MailStore store = MailStore.open(uri)) {
      assertThat(store.load(id).body()).isEqualTo("text".getBytes(UTF_8));
    }
    Files.move(dir.resolve("mail/envelopes"), dir.resolve("elsewhere"));
    assertThatThrownBy(() -> MailStore.open(uri))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("bodies and no envelopes");
    Files.move(dir.resolve("elsewhere"), dir.resolve("mail/envelopes"));
    try (MailStore store = MailStore.open(uri)) {
      assertThat(accepted(store)).containsExactly(id);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "envelope 2\nreceived x\npeer\nhelo\nfrom\nto",
        "envelope 1\nreceived 2026-11-21T08:00:00Z\npeer p\nhelo h\nfrom f\n",
        "envelope 1\nreceived yesterday\npeer p\nhelo h\nfrom f\nto t\n",
        "envelope 1\nreceived 2026-11-21T08:00:00Z\npeer p\nhelo h\nfrom f\nto t\nfor u\n"
      })
  void whatIsNoEnvelopeIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Envelope.parse(text.getBytes(UTF_8)))
        .withMessageNotContaining("yesterday");
  }

  @Test
  void envelopeIsReadAsItWasWritten() {
    Envelope envelope =
        new Envelope(
            "",
            List.of("\u00e4@example.org", "x"),
            "",
            "::1",
            CrashPointsTest.envelope("a").received());
    assertThat(Envelope.parse(envelope.toBytes())).isEqualTo(envelope);
  }

  @Test
  void addressOfTwoLinesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CrashPointsTest.envelope("a\nto evil@example.org"));
  }
}
