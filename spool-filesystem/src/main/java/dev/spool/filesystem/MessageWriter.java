package dev.spool.filesystem;

import dev.spool.SpoolId;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes messages into files: the bytes, and the {@link Trailer}. In pieces, since the JDK keeps
 * off-heap memory of the size of the largest write for each thread that ever wrote.
 */
final class MessageWriter {
  /** The most that is handed to the operating system at once, in bytes. */
  private static final int PIECE = 256 << 10;

  private MessageWriter() {}

  /** Fills a new file. Forces nothing. */
  static void write(DiskFile file, SpoolId id, byte[] message) throws IOException {
    ByteBuffer trailer = ByteBuffer.wrap(Trailer.of(id, message).encode());
    int at = 0;
    while (message.length - at > PIECE) {
      file.write(ByteBuffer.wrap(message, at, PIECE), at);
      at += PIECE;
    }
    ByteBuffer last = ByteBuffer.wrap(message, at, message.length - at);
    file.write(new ByteBuffer[] {last, trailer}, at);
  }
}
