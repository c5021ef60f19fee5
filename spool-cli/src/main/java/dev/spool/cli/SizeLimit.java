package dev.spool.cli;

import dev.spool.MessageTooLargeException;
import dev.spool.support.SettingValues;
import java.io.IOException;
import java.io.InputStream;

/**
 * The largest message that is read into memory to be stored, so that a file of gigabytes is refused
 * before it has filled the memory: what the spool itself would take.
 */
final class SizeLimit {
  /** The default of {@code maxMessageSize} in every backend. */
  private static final long DEFAULT = 128L << 20;

  /** The longest array there is in every JVM. */
  private static final long LONGEST = Integer.MAX_VALUE - 8;

  private SizeLimit() {}

  /** Returns the limit that the address gives, in bytes, or the default. */
  static long of(SpoolAddress address) {
    String setting = address.setting("maxMessageSize");
    if (setting == null) {
      return DEFAULT;
    }
    try {
      return Math.min(LONGEST, SettingValues.size(setting));
    } catch (IllegalArgumentException e) {
      return DEFAULT; // the backend, which reads it next, says what is wrong with it
    }
  }

  /**
   * Reads all of a stream.
   *
   * @throws MessageTooLargeException if it holds more than {@code limit} bytes
   */
  static byte[] read(InputStream in, long limit) throws IOException {
    byte[] message = in.readNBytes((int) limit);
    if (message.length == limit && in.read() >= 0) {
      throw new MessageTooLargeException(limit + 1, limit);
    }
    return message;
  }
}
