package org.example.smtp;

import dev.spool.Deadline;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.example.replies.SmtpReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.subethamail.smtp.server.SMTPServer;
import org.subethamail.smtp.server.Session;
import org.subethamail.smtp.server.SessionHandler;

/**
 * An SMTP server that acknowledges a message once it survives a power cut, and delivers it at least
 * once.
 *
 * <p>A thread a session, as the library has it: a session waits for its store, and many sessions
 * that wait share one sync.
 */
public final class SmtpReceiver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SmtpReceiver.class);

  private static final SmtpReply CLOSING =
      new SmtpReply(421, "4.3.2", "the service is shutting down");

  /** How long transactions under way may take to end when the server is closed. */
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final MailStore store;
  private final Settings settings;
  private final Courier courier;
  private final Semaphore budget;
  private final SMTPServer server;

  /** One party for each transaction under way, and one of the server's own. */
  private final Phaser transactions = new Phaser(1);

  private volatile boolean closing;

  private SmtpReceiver(MailStore store, Delivery delivery, Settings settings) {
    this.store = store;
    this.settings = settings;
    this.courier = new Courier(store, delivery, settings);
    this.budget = new Semaphore(settings.maxBufferedBytes());
    this.server =
        SMTPServer.port(settings.address().getPort())
            .bindAddress(settings.address().getAddress())
            .softwareName("Spool example")
            .insertReceivedHeaders(false) // the body stays as it was sent; see Envelope
            .maxConnections(settings.maxSessions())
            .maxMessageSize(settings.maxMessageBytes())
            .connectionTimeoutMs((int) settings.idleTimeout().toMillis())
            .sessionHandler(new Greeting())
            .messageHandlerFactory(
                session -> {
                  transactions.register();
                  return new Transaction(this, session);
                })
            .build();
    Commands.install(this, server.getCommandHandler());
  }

  /**
   * Begins to deliver what is in the store, and then to listen. Closing the receiver does not close
   * the store.
   */
  public static SmtpReceiver start(MailStore store, Delivery delivery, Settings settings) {
    SmtpReceiver receiver = new SmtpReceiver(store, delivery, settings);
    receiver.courier.start();
    try {
      receiver.server.start();
    } catch (RuntimeException e) { // the port is taken
      receiver.courier.close();
      throw e;
    }
    return receiver;
  }

  /** Returns where it listens. */
  public InetSocketAddress address() {
    return new InetSocketAddress(settings.address().getAddress(), server.getPortAllocated());
  }

  // docs: smtp-refusal begin
  /** Returns what a client is told instead of being served, or null. Cheap enough to ask always. */
  @Nullable SmtpReply refusal() {
    if (closing) {
      return CLOSING;
    }
    return store.unhealthyReason() == null ? null : SmtpReply.UNHEALTHY;
  }

  private final class Greeting implements SessionHandler {
    @Override
    public SessionAcceptance accept(Session session) {
      SmtpReply refusal = refusal();
      return refusal == null
          ? SessionAcceptance.success()
          : SessionAcceptance.failure(421, refusal.enhanced() + " " + refusal.text());
    }

    @Override
    public void onSessionEnd(Session session) {}
  }

  // docs: smtp-refusal end

  MailStore store() {
    return store;
  }

  Settings settings() {
    return settings;
  }

  Courier courier() {
    return courier;
  }

  Semaphore budget() {
    return budget;
  }

  void transactionDone() {
    transactions.arriveAndDeregister();
  }

  /**
   * Takes no more messages, lets those be finished that are being sent, and ends deliveries. What
   * is not delivered stays in the store.
   */
  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    Deadline deadline = Deadline.after(DRAIN);
    int phase = transactions.arriveAndDeregister();
    try {
      transactions.awaitAdvanceInterruptibly(
          phase, deadline.remaining().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.info("{} messages were being sent still", transactions.getUnarrivedParties());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop();
    courier.close();
  }
}
