package dev.spool.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo's judge finds each way to break a promise: a demo that cannot fail would prove nothing.
 */
final class LedgerTest {
  @TempDir Path directory;

  private final SpoolId id = SpoolId.random();
  private DemoMail mail;
  private Ledger ledger;
  private Spool spool;

  @BeforeEach
  void open() throws IOException {
    Files.writeString(directory.resolve("a.eml"), "first");
    Files.writeString(directory.resolve("b.eml"), "second");
    mail = DemoMail.read(directory);
    ledger = new Ledger(mail);
    spool = Spools.open("memory:ledger");
  }

  @AfterEach
  void close() {
    spool.close();
  }

  private void note(AckLine.Kind kind) {
    ledger.note(new AckLine(kind, id, 1, 0));
  }

  private void store(byte[] message) {
    spool.store(id, message).join();
  }

  @Test
  void acceptsWhatWasPromised() {
    store(mail.message(id, 1));
    note(AckLine.Kind.STORED);

    assertThat(ledger.check(spool)).isEqualTo(new Ledger.Verdict(0, 0, 0, 0, 0, 1));
  }

  @Test
  void findsALostMessage() {
    note(AckLine.Kind.STORED);

    Ledger.Verdict verdict = ledger.check(spool);

    assertThat(verdict.lost()).isEqualTo(1);
    assertThat(verdict.kept()).isFalse();
  }

  @Test
  void findsAnAlteredMessage() {
    byte[] message = mail.message(id, 1);
    message[message.length - 1] ^= 1;
    store(message);
    note(AckLine.Kind.STORED);

    assertThat(ledger.check(spool).altered()).isEqualTo(1);
  }

  @Test
  void findsAMessageThatIsAnotherOne() {
    store(mail.message(id, 0));
    note(AckLine.Kind.STORED);

    assertThat(ledger.check(spool).altered()).isEqualTo(1);
  }

  @Test
  void findsAMessageThatCameBack() {
    note(AckLine.Kind.STORED);
    note(AckLine.Kind.REMOVING);
    note(AckLine.Kind.REMOVED);
    store(mail.message(id, 1));

    assertThat(ledger.check(spool).returned()).isEqualTo(1);
  }

  @Test
  void findsAMessageThatNobodyStored() {
    store("something else".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    assertThat(ledger.check(spool).altered()).isEqualTo(1);
  }

  @Test
  void allowsBothOutcomesOfWhatTheCrashCutOffAndHoldsToTheOneFound() {
    store(mail.message(id, 1));

    assertThat(ledger.check(spool)).isEqualTo(new Ledger.Verdict(0, 0, 0, 0, 1, 1));
    spool.remove(id).join();
    assertThat(ledger.check(spool).lost()).isEqualTo(1);
  }

  @Test
  void allowsARemovalThatTheCrashCutOff() {
    note(AckLine.Kind.STORED);
    note(AckLine.Kind.REMOVING);

    assertThat(ledger.check(spool).kept()).isTrue();
    store(mail.message(id, 1));
    assertThat(ledger.check(spool).returned()).isEqualTo(1);
  }

  @Test
  void readsTheLinesThatItWrites() {
    AckLine line = new AckLine(AckLine.Kind.STORED, id, 17, 1234);

    assertThat(AckLine.parse(line.format().strip())).isEqualTo(line);
  }
}
