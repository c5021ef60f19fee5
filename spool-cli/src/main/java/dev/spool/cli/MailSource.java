package dev.spool.cli;

import dev.spool.SpoolId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;

/**
 * A file that holds one message to import.
 *
 * <p>Its id is derived from its path, its time of change and its contents, so that importing it
 * again stores the same message under the same id, and an import that was cut short can simply be
 * run again.
 */
record MailSource(Path path) {

  /** Returns its length as the file system tells it, in bytes. */
  long length() throws IOException {
    return Files.size(path);
  }

  /** Reads it; fails if it is longer than {@code limit} bytes. */
  byte[] read(long limit) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return SizeLimit.read(in, limit);
    }
  }

  /** Returns the id for these contents: a UUID of version 7, created when the file was changed. */
  SpoolId id(byte[] message) throws IOException {
    Instant changed = Files.getLastModifiedTime(path).toInstant();
    long millis = Math.min(Math.max(0, changed.toEpochMilli()), Instant.now().toEpochMilli());
    MessageDigest digest = sha256();
    digest.update(path.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0); // ends the path: no path holds a NUL
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(message));
    long high = (millis << 16) | 0x7000L | (hash.getLong() & 0xFFF);
    long low = 0x8000000000000000L | (hash.getLong() >>> 2);
    return SpoolId.fromUuid(new UUID(high, low));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
