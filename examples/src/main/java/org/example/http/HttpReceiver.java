package org.example.http;

import dev.spool.Spool;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages over HTTP, keeps them in a spool, and delivers them at least once.
 *
 * <table>
 * <caption>Resources</caption>
 * <tr><td>{@code POST /messages}</td><td>takes the body as a message: 201 with its Location, after
 * SYNC. With an {@code Idempotency-Key}, a UUID of version 7, it may be sent again</td></tr>
 * <tr><td>{@code PUT /messages/ID}</td><td>the same under an id of the sender's</td></tr>
 * <tr><td>{@code GET /messages/ID}</td><td>the message, until it was delivered</td></tr>
 * <tr><td>{@code DELETE /messages/ID}</td><td>removes it: 204, also if it is gone</td></tr>
 * <tr><td>{@code GET /health}</td><td>200 while messages are taken, else 503</td></tr>
 * <tr><td>{@code GET /health/live}</td><td>200 while the process answers</td></tr>
 * </table>
 *
 * <p>There is no authentication: whoever reaches the address can take and remove messages. The
 * spool stays its owner's, who closes it after the receiver.
 */
public final class HttpReceiver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpReceiver.class);

  /** How long requests may take to end when the server stops; then they are cut off. */
  private static final Duration DRAIN = Duration.ofSeconds(20);

  /** How long a connection may be silent once requests have ended. */
  private static final Duration SILENCE_WHEN_STOPPING = Duration.ofMillis(100);

  /** How long connections may take to end after that. */
  private static final Duration STOP = Duration.ofSeconds(5);

  /** Enough, whatever number of requests waits for the disk: none of them holds a thread. */
  private static final int THREADS = 16;

  private static final int HEADER_BYTES = 8 << 10;

  private final Server server;
  private final ServerConnector connector;
  private final GracefulHandler requests;
  private final MessagesHandler messages;
  private final Courier courier;

  private HttpReceiver(Spool spool, Delivery delivery, Settings settings) {
    courier = new Courier(spool, delivery, settings.redelivery());
    messages = new MessagesHandler(spool, settings, courier);
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 4);
    threads.setName("http");
    server = new Server(threads);
    requests = new GracefulHandler(messages);
    server.setHandler(requests);
    server.setErrorHandler(new BlandErrors());
    server.setStopTimeout(STOP.toMillis());
    connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http()));
    connector.setHost(settings.address().getHostString());
    connector.setPort(settings.address().getPort());
    connector.setIdleTimeout(settings.idleTimeout().toMillis());
    server.addConnector(connector);
  }

  private static HttpConfiguration http() {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    http.setUriCompliance(UriCompliance.RFC3986);
    return http;
  }

  // docs: http-start begin
  /**
   * Starts to deliver what is in the spool already, and then to listen.
   *
   * @throws IOException if the address cannot be listened at
   */
  public static HttpReceiver start(Spool spool, Delivery delivery, Settings settings)
      throws IOException {
    HttpReceiver receiver = new HttpReceiver(spool, delivery, settings);
    receiver.courier.start();
    try {
      receiver.server.start();
      return receiver;
    } catch (IOException e) {
      receiver.close();
      throw e;
    } catch (Exception e) { // as Jetty declares it
      receiver.close();
      throw new IllegalStateException("the HTTP server does not start", e);
    }
  }

  /** Takes no more requests, lets those under way end, and waits for the deliveries under way. */
  @Override
  public void close() {
    try {
      endRequests();
    } catch (Exception e) { // a request that does not end, for one: it is cut off
      LOG.warn("the HTTP server did not stop in order", e);
    } finally {
      courier.close();
    }
  }

  /**
   * Requests first, connections last: Jetty ends connections by a short idle timeout, and one that
   * expires while an answer is being written would cut it off.
   */
  private void endRequests() throws Exception {
    try {
      connector.setShutdownIdleTimeout(-1); // leaves connections as they are
      var unused = connector.shutdown(); // takes no more of them
      requests.shutdown().get(DRAIN.toSeconds(), TimeUnit.SECONDS); // refuses new ones
    } finally {
      connector.setShutdownIdleTimeout(SILENCE_WHEN_STOPPING.toMillis());
      server.stop();
    }
  }

  // docs: http-start end

  /** Returns the port that is listened at. */
  public int port() {
    return connector.getLocalPort();
  }

  /** The bytes of messages that requests hold. */
  long bufferedBytes() {
    return messages.bufferedBytes();
  }
}
