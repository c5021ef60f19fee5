package dev.spool.cli;

import dev.spool.MessageTooLargeException;
import dev.spool.SpoolId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Imports the messages of an mbox. Each was created when its From_ line says, or else when the file
 * was changed; its id follows from the file's path, its place in it and its bytes.
 */
final class MboxImport {
  private final Importer importer;
  private final ImportReport report;
  private final long limit;

  MboxImport(Importer importer, ImportReport report, long limit) {
    this.importer = importer;
    this.report = report;
    this.limit = limit;
  }

  /** Tells whether a file begins as an mbox does. */
  static boolean recognises(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] beginning = in.readNBytes(2 * FromLine.LONGEST);
      return new MboxReader(new ByteArrayInputStream(beginning), 0).beginsAsMbox();
    } catch (IOException e) {
      return false; // reading it says what is wrong with it
    }
  }

  /** Imports a file. */
  void run(Path path) {
    String origin = path.toAbsolutePath().normalize().toString();
    try (InputStream in = Files.newInputStream(path)) {
      Instant changed = Files.getLastModifiedTime(path).toInstant();
      run(
          in,
          path.toString(),
          (message, data) ->
              DerivedId.of(
                  message.date() == null ? changed : message.date(),
                  origin + "@" + message.offset(),
                  data));
    } catch (IOException e) {
      report.skipped(path.toString(), ErrorReport.describe(e));
    }
  }

  /** Imports a stream, which has neither place nor time: the same again is stored again. */
  void run(InputStream in) {
    run(
        in,
        "-",
        (message, data) ->
            message.date() == null
                ? SpoolId.random()
                : SpoolId.at(DerivedId.clamp(message.date())));
  }

  private void run(InputStream in, String name, Naming naming) {
    MboxReader mbox = new MboxReader(in, limit);
    try {
      for (MboxMessage message = mbox.next(); message != null; message = mbox.next()) {
        String source = name + "@" + message.offset();
        if (importer.hasStopped()) {
          report.notStored(source + " and all that follow", null);
          return;
        }
        message.doubts().forEach(doubt -> report.note(source, doubt));
        byte[] data = message.data();
        if (data == null) {
          report.skipped(source, new MessageTooLargeException(message.length(), limit).detail());
        } else {
          importer.add(naming.id(message, data), data, source);
        }
      }
    } catch (NotMboxException e) {
      report.skipped(name, ErrorReport.describe(e));
    } catch (IOException e) {
      report.skipped(name + "@" + mbox.offset() + " and all that follow", ErrorReport.describe(e));
    }
  }

  /** Gives a message its id. */
  private interface Naming {
    SpoolId id(MboxMessage message, byte[] data);
  }
}
