package org.example.folderspool;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * A message's file: its bytes, and a last line that proves them, and names the message. What is in
 * the wrong file is no message.
 */
final class MessageFile {
  /** The length of the last line. */
  static final int PROOF = proof(SpoolId.random(), new byte[0]).length;

  private MessageFile() {}

  /** What is wrong with a file. */
  static final class Damage extends Exception {
    private static final long serialVersionUID = 1;

    private final String error;

    Damage(String error) {
      super(error);
      this.error = error;
    }

    String error() {
      return error;
    }
  }

  private static byte[] proof(SpoolId id, byte[] message) {
    CRC32C crc = new CRC32C();
    crc.update(message);
    return String.format(
            Locale.ROOT, "\nfolder %s %010d %08x\n", id, message.length, crc.getValue())
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes a message; forces nothing. */
  static void write(DiskFile file, SpoolId id, byte[] message) throws IOException {
    ByteBuffer[] both = {ByteBuffer.wrap(message), ByteBuffer.wrap(proof(id, message))};
    file.write(both, 0);
  }

  /** Refuses what cannot be read as a file: a pipe would be waited for. */
  static long length(Disk disk, Path path) throws IOException, Damage {
    var facts = disk.facts(path);
    long length = facts.length() - PROOF;
    if (!facts.regularFile() || length < 0 || length > Integer.MAX_VALUE - PROOF) {
      throw new Damage("it is no file of a message");
    }
    return length;
  }

  /** Reads and checks a message. */
  static byte[] read(DiskFile file, SpoolId id) throws IOException, Damage {
    long length = file.size() - PROOF;
    if (length < 0 || length > Integer.MAX_VALUE - PROOF) {
      throw new Damage("it is no file of a message");
    }
    byte[] message = new byte[(int) length];
    byte[] proof = new byte[PROOF];
    file.readFully(ByteBuffer.wrap(message), 0);
    file.readFully(ByteBuffer.wrap(proof), length);
    if (!Arrays.equals(proof, proof(id, message))) {
      throw new Damage("its last line is not that of this message");
    }
    return message;
  }
}
