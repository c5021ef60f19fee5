package org.example.smtp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Delivers into one Maildir, whoever the recipient: for a look at what arrives.
 *
 * <p>A delivery that is repeated replaces the file of the first, since it bears the message's id:
 * as long as nobody has read it, a message that is delivered twice is there once.
 */
public final class MaildirDelivery implements Delivery {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Path tmp;
  private final Path incoming;

  /** Makes the directories that are not there yet. */
  public MaildirDelivery(Path maildir) throws IOException {
    tmp = Files.createDirectories(maildir.resolve("tmp"));
    incoming = Files.createDirectories(maildir.resolve("new"));
    Files.createDirectories(maildir.resolve("cur"));
  }

  /** Returns once the file is on stable storage: after that the spool's copy is removed. */
  @Override
  public void deliver(Mail mail) throws IOException {
    Path written = tmp.resolve(mail.id().toString());
    try (FileChannel file =
        FileChannel.open(
            written,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(file, trace(mail).getBytes(StandardCharsets.UTF_8));
      writeFully(file, mail.body());
      file.force(true);
    }
    Files.move(
        written, incoming.resolve(mail.id().toString()), StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel directory = FileChannel.open(incoming, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static void writeFully(FileChannel file, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
  }

  /** What a final delivery puts in front of a message (RFC 5321, 4.4). */
  private static String trace(Mail mail) {
    Envelope envelope = mail.envelope();
    return "Return-Path: <%s>\r\nReceived: from %s ([%s]) by spool-example id %s;\r\n\t%s\r\n"
        .formatted(
            envelope.sender(),
            envelope.helo(),
            envelope.peer(),
            mail.id(),
            DATE.format(envelope.received()));
  }
}
