package org.example.smtp;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * How an {@link SmtpReceiver} is set up.
 *
 * @param address where to listen; port 0 takes a free one
 * @param maxMessageBytes the largest message that is taken, in bytes; told to clients as SIZE
 * @param maxBufferedBytes the bytes of messages that are being received at once, of all sessions
 *     together
 * @param maxSessions connections at once; further ones are told to come back
 * @param storeTimeout how long a client waits at the end of its message. Far below the 10 minutes
 *     that clients wait (RFC 5321, 4.5.3.2.6), so that it hears the answer
 * @param idleTimeout how long a client may send nothing
 * @param deliveries messages that are being delivered at once
 * @param redelivery how long after a sweep the next one tries again what was left
 */
public record Settings(
    InetSocketAddress address,
    int maxMessageBytes,
    int maxBufferedBytes,
    int maxSessions,
    Duration storeTimeout,
    Duration idleTimeout,
    int deliveries,
    Duration redelivery) {

  /** Checks that the largest message fits, twice: an array that grows is there twice. */
  public Settings {
    if (maxMessageBytes < 1 || maxBufferedBytes / 2 <= maxMessageBytes) {
      throw new IllegalArgumentException("maxBufferedBytes holds two messages of maxMessageBytes");
    }
  }

  /** Returns the defaults: up to 10 MiB a message and 64 MiB together, 256 sessions. */
  public static Settings at(InetSocketAddress address) {
    return new Settings(
        address,
        10 << 20,
        64 << 20,
        256,
        Duration.ofSeconds(30),
        Duration.ofMinutes(5),
        4,
        Duration.ofMinutes(1));
  }
}
