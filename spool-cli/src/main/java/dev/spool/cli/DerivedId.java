package dev.spool.cli;

import dev.spool.SpoolId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;

/**
 * An id that follows from where a message comes from, its time and its contents, so that importing
 * it again stores the same message under the same id, and an import that was cut short can simply
 * be run again.
 */
final class DerivedId {
  private DerivedId() {}

  /**
   * Returns the id: a UUID of version 7.
   *
   * @param created when the message was; a time before 1970 counts as 1970, one to come as now
   * @param origin what tells the message from others of the same contents; holds no NUL
   * @param message its contents
   */
  static SpoolId of(Instant created, String origin, byte[] message) {
    MessageDigest digest = sha256();
    digest.update(origin.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0); // ends the origin: no path holds a NUL
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(message));
    long high = (millis(created) << 16) | 0x7000L | (hash.getLong() & 0xFFF);
    long low = 0x8000000000000000L | (hash.getLong() >>> 2);
    return SpoolId.fromUuid(new UUID(high, low));
  }

  /** Returns the time that an id made here can hold. */
  static Instant clamp(Instant created) {
    return Instant.ofEpochMilli(millis(created));
  }

  private static long millis(Instant created) {
    Instant now = Instant.now();
    if (created.isAfter(now)) {
      return now.toEpochMilli();
    }
    return created.isBefore(Instant.EPOCH) ? 0 : created.toEpochMilli();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
