package org.example.smtp;

import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.example.replies.SmtpReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.subethamail.smtp.DropConnectionException;
import org.subethamail.smtp.MessageContext;
import org.subethamail.smtp.MessageHandler;
import org.subethamail.smtp.RejectException;

/** One message, from MAIL to the reply after its end. Used by the thread of its session. */
final class Transaction implements MessageHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);
  private static final SmtpReply NO_ADDRESS =
      new SmtpReply(501, "5.1.3", "a recipient has an address");

  private final SmtpReceiver receiver;
  private final MessageContext session;
  private final List<String> recipients = new ArrayList<>();
  private String sender = "";
  private boolean done;

  Transaction(SmtpReceiver receiver, MessageContext session) {
    this.receiver = receiver;
    this.session = session;
  }

  @Override
  public void from(String from) {
    sender = from;
  }

  @Override
  public void recipient(String recipient) throws RejectException {
    if (recipient.isBlank()) {
      throw refusal(NO_ADDRESS);
    }
    recipients.add(recipient);
  }

  // docs: smtp-data begin
  /** Called at DATA; what it returns is sent after "250 ". */
  @Override
  public String data(InputStream in) throws RejectException, IOException {
    Settings settings = receiver.settings();
    SpoolId id;
    try (BodyReader reader = new BodyReader(receiver.budget(), settings.maxMessageBytes())) {
      byte[] body = reader.read(in);
      Deadline deadline = Deadline.after(settings.storeTimeout());
      id = receiver.store().accept(envelope(), body, deadline); // waits for SYNC, twice
    } catch (SpoolException e) {
      if (!(e instanceof SpoolUnhealthyException)) { // of which the spool's own log tells once
        LOG.warn("a message was refused: {}", e.toString()); // with the detail; peers have none
      }
      throw refusal(SmtpReply.of(e));
    }
    receiver.courier().accepted(id);
    return "2.0.0 queued as " + id;
  }

  // docs: smtp-data end

  private Envelope envelope() {
    String peer = ((InetSocketAddress) session.getRemoteAddress()).getAddress().getHostAddress();
    return new Envelope(sender, recipients, session.getHelo().orElse(""), peer, Instant.now());
  }

  /** Returns what has the library send that reply, and close the connection after a 421. */
  static RejectException refusal(SmtpReply reply) {
    String text = reply.enhanced() + " " + reply.text();
    return reply.code() == 421
        ? new DropConnectionException(reply.code(), text)
        : new RejectException(reply.code(), text);
  }

  @Override
  public void done() {
    if (!done) {
      done = true;
      receiver.transactionDone();
    }
  }
}
