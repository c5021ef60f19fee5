package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Files in directories, as a careful server writes them: a temporary file, forced, renamed, and its
 * directory forced.
 *
 * <p>Messages are spread over 256 directories, by the last byte of the id. Callers block.
 */
final class FilesEngine implements Engine.Loads, Engine.Scans {
  private static final int DIRECTORIES = 256;

  private final Path temporary;
  private final Path[] directories = new Path[DIRECTORIES];

  private FilesEngine(Path root) throws IOException {
    this.temporary = Files.createDirectories(root.resolve("tmp"));
    for (int i = 0; i < DIRECTORIES; i++) {
      directories[i] = Files.createDirectories(root.resolve("data/%02x".formatted(i)));
    }
    force(root.resolve("data"));
    force(root);
  }

  static FilesEngine open(Place place) throws IOException {
    return new FilesEngine(place.directory());
  }

  private Path directory(SpoolId id) {
    return directories[id.toBytes()[15] & 0xFF];
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    String name = id.toString();
    Path file = temporary.resolve(name);
    Path directory = directory(id);
    boolean sync = durability == Durability.SYNC;
    try {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(data);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        if (sync) {
          channel.force(true);
        }
      }
      Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      if (sync) {
        force(directory);
      }
      return CompletableFuture.completedFuture(null);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    try {
      Files.deleteIfExists(directory(id).resolve(id.toString()));
      return CompletableFuture.completedFuture(null);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    try {
      return CompletableFuture.completedFuture(
          Files.readAllBytes(directory(id).resolve(id.toString())));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void scan(Visitor visitor) throws IOException {
    for (Path directory : directories) {
      try (Stream<Path> files = Files.list(directory)) {
        files.forEach(
            file -> {
              try {
                SpoolId id = SpoolId.parse(file.getFileName().toString());
                visitor.visit(id, Files.readAllBytes(file));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
    }
  }

  @Override
  public void close() {}
}
