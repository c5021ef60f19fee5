package dev.spool.filesystem;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

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

  /**
   * Where small files are read to, by each thread, and then copied to an array of the right size.
   * Outside the heap, since the operating system's bytes would pass through such a place anyway.
   */
  private static final ThreadLocal<ByteBuffer> BUFFER = new Buffer();

  /** No lambda: one that cannot be linked here leaves the process without a spool. */
  private static final class Buffer extends ThreadLocal<ByteBuffer> {
    @Override
    protected ByteBuffer initialValue() {
      return ByteBuffer.allocateDirect(PIECE + 1);
    }
  }

  /** Where memory for messages is taken before they are read. */
  interface Room {
    /** As much as anybody wants. */
    Room ENDLESS =
        new Room() {
          @Override
          public void take(int length) {}

          @Override
          public boolean tryTake(int length) {
            return true;
          }
        };

    /** Takes so many bytes more, and waits for them; no file is open meanwhile. */
    void take(int length);

    /** The same, at once or not at all. */
    boolean tryTake(int length);
  }

  private final Disk disk;
  private final ReadPhases readers;

  /**
   * Makes one.
   *
   * @param readers is told of each read
   */
  MessageReader(Disk disk, ReadPhases readers) {
    this.disk = disk;
    this.readers = readers;
  }

  /**
   * Reads a message.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if it cannot be read now
   * @throws Damage if it was read, and is damaged
   */
  byte[] read(Path file, SpoolId id) throws IOException, Damage {
    DiskDirectory directory = DiskDirectory.ofPath(disk, Objects.requireNonNull(file.getParent()));
    return read(directory, String.valueOf(file.getFileName()), id, Room.ENDLESS);
  }

  /**
   * Reads a message whose length is told before memory is taken for it.
   *
   * @param directory where its file is
   * @param name the name of its file
   * @param room what the message has to fit into; maybe asked more than once
   */
  byte[] read(DiskDirectory directory, String name, SpoolId id, Room room)
      throws IOException, Damage {
    int lookUp = 1;
    while (true) {
      try {
        int length = messageLength(regular(directory, name).length());
        room.take(length);
        byte[] message = readOnce(directory, name, id, length, lookUp > 1 ? room : null);
        if (message != null) {
          return message;
        }
      } catch (Damage e) {
        if (lookUp == LOOK_UPS) {
          throw e;
        }
        lookUp++;
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
  static int length(DiskDirectory directory, String name) throws IOException, Damage {
    return messageLength(regular(directory, name).length());
  }

  /** Looks before opening: a FIFO would be waited for, a link followed. */
  private static FileFacts regular(DiskDirectory directory, String name)
      throws IOException, Damage {
    FileFacts facts = directory.facts(name);
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

  private byte @Nullable [] readOnce(
      DiskDirectory directory, String name, SpoolId id, int length, @Nullable Room more)
      throws IOException, Damage {
    int begun = readers.begin();
    try {
      return readWatched(directory, name, id, length, more);
    } finally {
      readers.end(begun);
    }
  }

  /**
   * Reads what the name leads to now.
   *
   * @param expected its length when it was looked up, for which there is room
   * @param more where to take more room if the file is longer now; null to believe the length, and
   *     save a call. It is given from the second time on, since a file that is replaced all the
   *     time may be another than was looked up, however often that is tried.
   * @return null if there is no room for it now
   */
  private static byte @Nullable [] readWatched(
      DiskDirectory directory, String name, SpoolId id, int expected, @Nullable Room more)
      throws IOException, Damage {
    try (DiskFile file = directory.openRead(name)) {
      int length = more == null ? expected : messageLength(file.size());
      if (more != null && length > expected && !more.tryTake(length - expected)) {
        return null;
      }
      return length + Trailer.LENGTH <= PIECE
          ? readSmall(file, id, length)
          : readLarge(file, id, length);
    } catch (EOFException e) {
      throw new Damage("its file was cut off while it was read");
    }
  }

  /** In one call of the operating system, which is asked for a byte too many to see the end. */
  private static byte[] readSmall(DiskFile file, SpoolId id, int length)
      throws IOException, Damage {
    ByteBuffer all = BUFFER.get().clear().limit(length + Trailer.LENGTH + 1);
    int count = 0;
    while (all.hasRemaining() && all.position() < length + Trailer.LENGTH && count >= 0) {
      count = file.read(all, all.position());
    }
    if (all.position() != length + Trailer.LENGTH) {
      throw new Damage("its file has another length now than when it was looked up");
    }
    byte[] message = new byte[length];
    byte[] last = new byte[Trailer.LENGTH];
    all.flip().get(message).get(last);
    CRC32C crc = new CRC32C();
    crc.update(message, 0, length);
    Trailer.verify(last, id, length, crc);
    return message;
  }

  /** The trailer first: a file that was blown up by damage shall not take memory for its size. */
  private static byte[] readLarge(DiskFile file, SpoolId id, int length)
      throws IOException, Damage {
    byte[] last = new byte[Trailer.LENGTH];
    file.readFully(ByteBuffer.wrap(last), length);
    Trailer unused = Trailer.parse(last, id, length);
    byte[] message = new byte[length];
    CRC32C crc = new CRC32C();
    for (int at = 0; at < length; at += PIECE) {
      int piece = Math.min(PIECE, length - at);
      file.readFully(ByteBuffer.wrap(message, at, piece), at);
      crc.update(message, at, piece);
    }
    Trailer.verify(last, id, length, crc);
    return message;
  }
}
