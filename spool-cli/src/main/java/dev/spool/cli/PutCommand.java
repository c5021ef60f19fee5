package dev.spool.cli;

import dev.spool.Durability;
import dev.spool.MessageTooLargeException;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores one message. */
@Command(
    name = "put",
    header = "Stores one message.",
    description = {
      "Stores one message and prints its id, once the message survives a power cut. The server that"
          + " uses the spool must be stopped.",
      "",
      "Example: spool put /var/spool/app mail.eml"
    })
final class PutCommand extends SpoolCommand {
  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "-",
      paramLabel = "FILE",
      description = "What to store; '-', the default, is standard input.")
  private String file;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Store under this id, replacing what is there. Default: a new id.")
  private SpoolId id = SpoolId.random();

  @Override
  public Integer call() {
    refuseMemory();
    long limit = SizeLimit.of(address());
    byte[] message;
    try (InputStream in = file.equals("-") ? streams().in() : Files.newInputStream(Path.of(file))) {
      message = SizeLimit.read(in, limit);
    } catch (IOException e) {
      err().println("spool: cannot read the message: " + ErrorReport.describe(e));
      return ExitStatus.SOME_FAILED;
    } catch (MessageTooLargeException e) {
      return tooLarge(e);
    }
    try (Spool spool = openForWriting()) {
      spool.store(id, message, Durability.SYNC, null).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof MessageTooLargeException large) {
        return tooLarge(large);
      }
      throw e;
    }
    out().println(id);
    return ExitStatus.OK;
  }

  private int tooLarge(MessageTooLargeException failure) {
    new ErrorReport(err(), false).report(failure);
    return ExitStatus.SOME_FAILED;
  }
}
