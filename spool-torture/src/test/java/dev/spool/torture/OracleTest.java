package dev.spool.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The oracle finds each way to break a promise, and accuses nobody who kept them. */
class OracleTest {
  private final Payloads payloads = new Payloads(7, 500);
  private final SpoolId id = idWithoutEmptyMessages();
  private Oracle oracle = Oracle.ofKills(payloads);

  /** Two messages without bytes could not be told apart. */
  private SpoolId idWithoutEmptyMessages() {
    SpoolId drawn = SpoolId.random();
    for (long generation = 1; generation < 10; generation++) {
      if (payloads.bytes(drawn, generation).length < 4) {
        return idWithoutEmptyMessages();
      }
    }
    return drawn;
  }

  private Oracle.Write stored(long generation, Durability durability) {
    Oracle.Write write = oracle.storing(id, generation);
    write.acknowledged(durability);
    return write;
  }

  private void removed(Durability durability) {
    oracle.removing(id).acknowledged(durability);
  }

  private Content generation(long generation) {
    return Content.of(payloads.bytes(id, generation));
  }

  /** Returns whether the oracle has nothing against a load that returns this. */
  private boolean accepts(Content found) {
    long before = oracle.violations();
    oracle.reading().loaded(id, found);
    return oracle.violations() == before;
  }

  private boolean acceptsScan(Content... found) {
    long before = oracle.violations();
    Oracle.Reading scan = oracle.reading();
    for (Content each : found) {
      scan.scanned(id, each);
    }
    scan.scannedAll();
    return oracle.violations() == before;
  }

  @Test
  void acknowledgedStoreIsThereByteForByte() {
    stored(1, Durability.SYNC);
    oracle.struck(Fault.KILL);

    assertThat(accepts(generation(1))).isTrue();
    byte[] flipped = payloads.bytes(id, 1);
    flipped[flipped.length - 1] ^= 1;
    assertThat(accepts(Content.of(flipped))).isFalse();
    assertThat(accepts(Content.ABSENT)).isFalse();
    assertThat(oracle.shownViolations().get(1)).contains("nothing").contains("generation 1");
  }

  @Test
  void bufferedStoreSurvivesAKillAndNotAPowerCut() {
    stored(1, Durability.BUFFERED);
    oracle.struck(Fault.KILL);
    assertThat(accepts(Content.ABSENT)).isFalse();

    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    stored(3, Durability.BUFFERED);
    assertThat(accepts(generation(2))).as("while it lives").isFalse();
    oracle.struck(Fault.POWER_CUT);
    assertThat(accepts(Content.ABSENT)).as("the value that was synced is in no danger").isFalse();
    assertThat(accepts(generation(2))).isTrue();
    assertThat(accepts(generation(3))).as("what was found stays").isFalse();
    oracle.struck(Fault.POWER_CUT);
    assertThat(accepts(generation(1))).as("also through the next power cut").isFalse();
  }

  @Test
  void bufferedStoreSurvivesAKillUntilThePowerFails() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    oracle.struck(Fault.KILL);
    assertThat(accepts(generation(1))).isFalse();
    assertThat(accepts(generation(2))).isTrue();
    oracle.struck(Fault.POWER_CUT);
    assertThat(accepts(generation(1))).as("it was never synced").isTrue();
  }

  /** Returns whether that may be there after a power cut, in which it is found first. */
  private boolean acceptsAfterAPowerCut(Content found) {
    oracle.struck(Fault.POWER_CUT);
    return accepts(found);
  }

  @Test
  void whatWasAcknowledgedBeforeACompactionThatHasSucceededIsDurable() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    Oracle.Forcing compaction = oracle.forcing();
    compaction.succeeded();
    assertThat(acceptsAfterAPowerCut(generation(1))).isFalse();
    assertThat(acceptsAfterAPowerCut(Content.ABSENT)).isFalse();
    assertThat(acceptsAfterAPowerCut(generation(2))).isTrue();

    removed(Durability.BUFFERED);
    oracle.forcing().succeeded();
    assertThat(acceptsAfterAPowerCut(generation(2))).isFalse();
    assertThat(acceptsAfterAPowerCut(Content.ABSENT)).isTrue();
  }

  @Test
  void newMessageThatWasForcedByACompactionIsNotDamaged() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.BUFFERED);
    oracle.forcing().succeeded();
    oracle.struck(Fault.POWER_CUT);
    Oracle.Reading load = oracle.reading();
    load.damaged(id);
    load.abandon();

    assertThat(oracle.violations()).isEqualTo(1);
  }

  @Test
  void compactionThatHasNotSucceededMakesNothingDurable() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    Oracle.Forcing unused = oracle.forcing();

    assertThat(acceptsAfterAPowerCut(generation(1))).isTrue();
  }

  @Test
  void whatWasAcknowledgedBesideACompactionIsAsItWas() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    Oracle.Write beside = oracle.storing(id, 2);
    Oracle.Forcing compaction = oracle.forcing();
    beside.acknowledged(Durability.BUFFERED);
    compaction.succeeded();

    assertThat(acceptsAfterAPowerCut(generation(1))).isTrue();
  }

  @Test
  void whatIsWrittenAfterACompactionMayBeLostDownToWhatThatHasForced() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    Oracle.Write unknown = oracle.storing(id, 3);
    unknown.failed(Outcome.UNKNOWN);
    oracle.forcing().succeeded();
    stored(4, Durability.BUFFERED);

    oracle.struck(Fault.POWER_CUT);
    assertThat(accepts(generation(1))).isFalse();
    assertThat(accepts(generation(2))).isTrue();
  }

  @Test
  void whatWasAcknowledgedBeforeAFailureWasToldIsAtRisk() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    oracle.atRisk();
    oracle.forcing().succeeded();
    assertThat(acceptsAfterAPowerCut(generation(1))).isTrue();

    stored(3, Durability.SYNC);
    oracle.atRisk();
    assertThat(acceptsAfterAPowerCut(generation(1))).as("SYNC is SYNC").isFalse();
    stored(4, Durability.BUFFERED);
    oracle.forcing().succeeded();
    assertThat(acceptsAfterAPowerCut(generation(3))).as("later than the failure").isFalse();
  }

  @Test
  void removalAfterAFailureMayHaveFoundNothingUntilTheMessageIsStoredAgain() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    oracle.removing(id).failed(Outcome.UNKNOWN);
    oracle.atRisk();
    removed(Durability.BUFFERED);
    oracle.forcing().succeeded();
    assertThat(acceptsAfterAPowerCut(generation(1))).isTrue();

    oracle.atRisk();
    stored(2, Durability.BUFFERED);
    removed(Durability.BUFFERED);
    oracle.forcing().succeeded();
    assertThat(acceptsAfterAPowerCut(generation(1))).isFalse();
  }

  @Test
  void whatAKilledProcessHasBufferedIsNoneOfTheNextOnes() {
    oracle = Oracle.ofPowerCuts(payloads);
    stored(1, Durability.SYNC);
    stored(2, Durability.BUFFERED);
    oracle.struck(Fault.KILL);
    oracle.forcing().succeeded();

    assertThat(acceptsAfterAPowerCut(generation(1))).isTrue();
  }

  @Test
  void removedStaysRemoved() {
    stored(1, Durability.SYNC);
    removed(Durability.BUFFERED);
    oracle.struck(Fault.KILL);

    assertThat(accepts(Content.ABSENT)).isTrue();
    assertThat(oracle.removed(10)).containsExactly(id);
    assertThat(accepts(generation(1))).isFalse();
    assertThat(acceptsScan(generation(1))).isFalse();
  }

  @Test
  void replacedDoesNotComeBack() {
    stored(1, Durability.SYNC);
    stored(2, Durability.SYNC);

    assertThat(accepts(generation(2))).isTrue();
    assertThat(accepts(generation(1))).isFalse();
  }

  @Test
  void notAppliedIsNotThere() {
    stored(1, Durability.SYNC);
    oracle.storing(id, 2).failed(Outcome.NOT_APPLIED);
    oracle.removing(id).failed(Outcome.NOT_APPLIED);

    assertThat(accepts(generation(1))).isTrue();
    assertThat(accepts(generation(2))).isFalse();
    assertThat(accepts(Content.ABSENT)).isFalse();
  }

  @Test
  void unknownIsEitherUntilAFaultAndThenAsFound() {
    stored(1, Durability.SYNC);
    oracle.storing(id, 2).failed(Outcome.UNKNOWN);

    assertThat(accepts(generation(1))).isTrue();
    assertThat(accepts(generation(2))).as("carried out late").isTrue();
    oracle.struck(Fault.KILL);
    assertThat(accepts(generation(1))).isTrue();
    assertThat(accepts(generation(2))).isFalse();
  }

  @Test
  void cutOffIsEitherAndWhole() {
    stored(1, Durability.SYNC);
    Oracle.Write unused = oracle.storing(id, 2);
    oracle.struck(Fault.KILL);

    assertThat(accepts(Content.ABSENT)).isFalse();
    assertThat(accepts(generation(2))).isTrue();
    assertThat(accepts(generation(1))).isFalse();
  }

  @Test
  void ofOverlappingWritesEitherIsTheLast() {
    Oracle.Write one = oracle.storing(id, 1);
    Oracle.Write other = oracle.storing(id, 2);
    other.acknowledged(Durability.SYNC);
    one.acknowledged(Durability.SYNC);

    assertThat(accepts(Content.ABSENT)).isFalse();
    assertThat(accepts(generation(2))).isTrue();
    assertThat(accepts(generation(1))).as("it was seen to be the other").isFalse();
  }

  @Test
  void loadBesideWritesSeesWhatWasThereMeanwhile() {
    stored(1, Durability.SYNC);
    Oracle.Reading load = oracle.reading();
    stored(2, Durability.SYNC);
    stored(3, Durability.SYNC);
    load.loaded(id, generation(2));

    assertThat(oracle.violations()).isZero();
    assertThat(accepts(generation(2))).isFalse();
  }

  @Test
  void whatWasNeverStoredIsNotThere() {
    assertThat(accepts(Content.ABSENT)).isTrue();
    assertThat(accepts(generation(1))).isFalse();
  }

  @Test
  void scanShowsEachMessageOnce() {
    stored(1, Durability.SYNC);

    assertThat(acceptsScan(generation(1))).isTrue();
    assertThat(acceptsScan()).as("left out").isFalse();
    assertThat(acceptsScan(generation(1), generation(1))).as("twice").isFalse();
  }

  @Test
  void scanMayOmitWhatChangesMeanwhile() {
    Oracle.Reading scan = oracle.reading();
    stored(1, Durability.SYNC);
    scan.scannedAll();

    assertThat(oracle.violations()).isZero();
  }

  @Test
  void emptyMessageIsNotAbsent() {
    long empty = 1;
    while (payloads.bytes(id, empty).length > 0) {
      empty++;
    }
    stored(empty, Durability.SYNC);

    assertThat(accepts(Content.of(new byte[0]))).isTrue();
    assertThat(accepts(Content.ABSENT)).isFalse();
  }

  @Test
  void messagesFollowFromSeedIdAndGeneration() {
    assertThat(payloads.bytes(id, 5)).isEqualTo(new Payloads(7, 500).bytes(id, 5));
    assertThat(
            List.of(
                Content.of(new Payloads(8, 500).bytes(id, 5)),
                Content.of(payloads.bytes(SpoolId.random(), 5)),
                generation(6)))
        .doesNotContain(generation(5));
  }

  @Test
  void linesAreReadAsTheyWereWritten() {
    Line line = Line.of(Line.What.REFUSED, 7, Outcome.UNKNOWN, "a text\nof two lines");
    String text = new String(line.format(), java.nio.charset.StandardCharsets.US_ASCII);

    assertThat(text).endsWith("\n").containsOnlyOnce("\n");
    assertThat(Line.isLine(text)).isTrue();
    assertThat(Line.parse(text.strip())).isEqualTo(line);
    assertThat(Line.of(Line.What.CORRUPT, "x".repeat(9000), "y".repeat(9000)).format())
        .hasSizeLessThan(4096);
  }
}
