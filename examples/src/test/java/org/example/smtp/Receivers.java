package org.example.smtp;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/** The words that the tests of the receiver are written in. */
final class Receivers {
  private Receivers() {}

  /** A free port of the loopback address; up to 100,000 bytes a message. */
  static Settings settings() {
    return new Settings(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        100_000,
        16 << 20,
        100,
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        2,
        Duration.ofMinutes(10));
  }

  static Settings storeTimeout(Duration timeout) {
    Settings all = settings();
    return new Settings(
        all.address(),
        all.maxMessageBytes(),
        all.maxBufferedBytes(),
        all.maxSessions(),
        timeout,
        all.idleTimeout(),
        all.deliveries(),
        all.redelivery());
  }

  static Settings redelivery(Duration redelivery) {
    Settings all = settings();
    return new Settings(
        all.address(),
        all.maxMessageBytes(),
        all.maxBufferedBytes(),
        all.maxSessions(),
        all.storeTimeout(),
        all.idleTimeout(),
        all.deliveries(),
        redelivery);
  }

  static Settings deliveries(int deliveries) {
    Settings all = settings();
    return new Settings(
        all.address(),
        all.maxMessageBytes(),
        all.maxBufferedBytes(),
        all.maxSessions(),
        all.storeTimeout(),
        all.idleTimeout(),
        deliveries,
        all.redelivery());
  }

  static Settings limits(int maxMessageBytes, int maxBufferedBytes) {
    Settings all = settings();
    return new Settings(
        all.address(),
        maxMessageBytes,
        maxBufferedBytes,
        all.maxSessions(),
        all.storeTimeout(),
        all.idleTimeout(),
        all.deliveries(),
        all.redelivery());
  }

  /** Returns the ids of what is in a spool. */
  static Set<SpoolId> ids(Spool spool) {
    Set<SpoolId> ids = new TreeSet<>();
    EntryChannel found = EntryChannel.bounded(1_000, 1 << 20);
    var scan = spool.list(found);
    for (SpoolEntry entry : found) {
      ids.add(((SpoolEntry.Listed) entry).id());
    }
    scan.join();
    return ids;
  }

  /** Waits until ids of now are later than all that were drawn before, as after a restart. */
  static void laterThan(SpoolId id) {
    while (!SpoolId.random().createdAt().isAfter(id.createdAt())) {
      Thread.onSpinWait();
    }
  }
}
