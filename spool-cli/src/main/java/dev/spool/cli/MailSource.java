package dev.spool.cli;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of any kind of which the whole is one message, byte for byte. It was created when the file
 * was changed.
 */
record MailSource(Path path) implements ImportFile {

  @Override
  public SpoolId id(byte[] message) throws IOException {
    return DerivedId.of(
        Files.getLastModifiedTime(path).toInstant(),
        path.toAbsolutePath().normalize().toString(),
        message);
  }

  @Override
  public boolean followsLink() {
    return true;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
