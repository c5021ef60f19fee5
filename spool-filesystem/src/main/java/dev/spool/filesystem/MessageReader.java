package dev.spool.filesystem;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads messages out of files, and believes nothing that the {@link Trailer} does not confirm.
 *
 * <p>A file that is found wanting is looked up again by its name before it is called damaged: it
 * may have been replaced or removed, and its space used for something else, while it was read.
 *
 * <p>Thread-safe; holds a descriptor during a call only.
 */
final class MessageReader {
  /** How often a file must be found damaged to be damaged. */
  private static final int LOOK_UPS = 3;

  /** Files up to this size are read at once; larger ones in pieces of it, behind their trailer. */
  private static final int PIECE = 64 << 10;

  private final Disk disk;

  MessageReader(Disk disk) {
    this.disk = disk;
  }

  /**
   * Reads a message.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if it cannot be read now
   * @throws Damage if it was read, and is damaged
   */
  byte[] read(Path file, SpoolId id) throws IOException, Damage {
    for (int lookUp = 1; ; lookUp++) {
      try {
        return readOnce(file, id);
      } catch (Damage e) {
        if (lookUp == LOOK_UPS) {
          throw e;
        }
      }
    }
  }

  /**
   * Tells the length of a message by that of its file, whose contents are not looked at.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if that cannot be found out now
   * @throws Damage if no message's file is like that
   */
  int length(Path file) throws IOException, Damage {
    return messageLength(regular(file).length());
  }

  /** Looks before opening: a FIFO would be waited for, a link followed. */
  private FileFacts regular(Path file) throws IOException, Damage {
    FileFacts facts = disk.facts(file);
    if (!facts.regularFile()) {
      String kind =
          facts.symlink()
              ? "a symbolic link"
              : facts.directory() ? "a directory" : "a special file";
      throw new Damage("it is " + kind);
    }
    return facts;
  }

  private static int messageLength(long fileLength) throws Damage {
    if (fileLength < Trailer.LENGTH) {
      throw new Damage("its file has " + fileLength + " bytes, too few to hold a message");
    }
    long length = fileLength - Trailer.LENGTH;
    if (length > Integer.MAX_VALUE - 8) {
      throw new Damage("its file has " + fileLength + " bytes, too many to be a message");
    }
    return (int) length;
  }

  private byte[] readOnce(Path path, SpoolId id) throws IOException, Damage {
    Path slot = path.getParent();
    if (slot != null && !disk.facts(slot).directory()) {
      throw new Damage("its directory is none, or a symbolic link, which is not followed");
    }
    regular(path);
    try (DiskFile file = disk.openRead(path)) {
      int length = messageLength(file.size());
      return length + Trailer.LENGTH <= PIECE
          ? readSmall(file, id, length)
          : readLarge(file, id, length);
    } catch (EOFException e) {
      throw new Damage("its file was cut off while it was read");
    }
  }

  private static byte[] readSmall(DiskFile file, SpoolId id, int length)
      throws IOException, Damage {
    byte[] all = new byte[length + Trailer.LENGTH];
    file.readFully(ByteBuffer.wrap(all), 0);
    Trailer trailer = trailer(Arrays.copyOfRange(all, length, all.length), id, length);
    CRC32C crc = new CRC32C();
    crc.update(all, 0, length);
    trailer.verify(crc);
    return Arrays.copyOf(all, length);
  }

  /** The trailer first: a file that was blown up by damage shall not take memory for its size. */
  private static byte[] readLarge(DiskFile file, SpoolId id, int length)
      throws IOException, Damage {
    byte[] last = new byte[Trailer.LENGTH];
    file.readFully(ByteBuffer.wrap(last), length);
    Trailer trailer = trailer(last, id, length);
    byte[] message = new byte[length];
    CRC32C crc = new CRC32C();
    for (int at = 0; at < length; at += PIECE) {
      int piece = Math.min(PIECE, length - at);
      file.readFully(ByteBuffer.wrap(message, at, piece), at);
      crc.update(message, at, piece);
    }
    trailer.verify(crc);
    return message;
  }

  private static Trailer trailer(byte[] bytes, SpoolId id, int length) throws Damage {
    Trailer trailer = Trailer.parse(bytes);
    if (!trailer.id().equals(id)) {
      throw new Damage("its last line names another message, " + trailer.id());
    }
    if (trailer.length() != length) {
      throw new Damage("it has " + length + " bytes, and its last line says " + trailer.length());
    }
    return trailer;
  }
}
