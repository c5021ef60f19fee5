package org.example.http;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * How an {@link HttpReceiver} is set up.
 *
 * @param address where to listen; port 0 takes a free one
 * @param maxMessageBytes the largest body that is taken, in bytes
 * @param maxBufferedBytes the bytes of bodies that are in memory at once, of all requests together
 * @param storeTimeout how long a peer waits for its store; less than the peer's own timeout, so
 *     that it hears the answer
 * @param idleTimeout how long a peer may send and take nothing
 * @param bodyTimeout how long a peer may take to send a body, however steadily it drips
 * @param redelivery how long after a failed delivery the next is tried
 */
public record Settings(
    InetSocketAddress address,
    int maxMessageBytes,
    long maxBufferedBytes,
    Duration storeTimeout,
    Duration idleTimeout,
    Duration bodyTimeout,
    Duration redelivery) {

  /** Checks that the largest message fits, twice: an array that grows is there twice. */
  public Settings {
    if (maxMessageBytes < 1 || maxBufferedBytes / 2 < maxMessageBytes) {
      throw new IllegalArgumentException("maxBufferedBytes holds two messages of maxMessageBytes");
    }
  }

  /** Returns the defaults: up to 25 MiB a message and 128 MiB together, 10 s for a store. */
  public static Settings at(InetSocketAddress address) {
    return new Settings(
        address,
        25 << 20,
        128L << 20,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(5),
        Duration.ofSeconds(10));
  }
}
