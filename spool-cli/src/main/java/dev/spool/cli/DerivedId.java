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
  /** The last millisecond that 48 bits can hold. */
  private static final Instant LATEST = Instant.ofEpochMilli((1L << 48) - 1);

  private DerivedId() {}

  /**
   * Returns the id: a UUID of version 7.
   *
   * @param created when the message was; a time before 1970 counts as 1970, and one that no id can
   *     hold as the last that one can. It may be to come: {@link #withTime} mends that
   * @param origin what tells the message from others of the same contents; holds no NUL
   * @param message its contents
   */
  static SpoolId of(Instant created, String origin, byte[] message) {
    MessageDigest digest = sha256();
    digest.update(origin.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0); // ends the origin: no path holds a NUL
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(message));
    long high = (bounded(created, LATEST) << 16) | 0x7000L | (hash.getLong() & 0xFFF);
    long low = 0x8000000000000000L | (hash.getLong() >>> 2);
    return SpoolId.fromUuid(new UUID(high, low));
  }

  /** Returns what differs from an id of version 7 in nothing but the time of creation. */
  static SpoolId withTime(SpoolId id, Instant created) {
    UUID uuid = id.toUuid();
    long high = (bounded(created, LATEST) << 16) | (uuid.getMostSignificantBits() & 0xFFFF);
    return SpoolId.fromUuid(new UUID(high, uuid.getLeastSignificantBits()));
  }

  /** Returns the time, but 1970 for one before, and now for one to come. */
  static Instant clamp(Instant created) {
    return Instant.ofEpochMilli(bounded(created, Instant.now()));
  }

  private static long bounded(Instant created, Instant latest) {
    if (created.isAfter(latest)) {
      return latest.toEpochMilli();
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
