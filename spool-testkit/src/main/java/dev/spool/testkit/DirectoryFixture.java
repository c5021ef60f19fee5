package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fixture of a backend that keeps each message in a file of its own, below the folder {@code
 * data} of the spool's directory and named by the message's id, and that has every {@link Trait}
 * but {@link Trait#COMPACTS}: of the file backend, and of what is put around it. It is told how to
 * open such a spool, so that nothing here depends on the backend.
 */
public final class DirectoryFixture implements SpoolFixture {
  private final Opener opener;

  /** Opens a spool, as {@link SpoolFixture#open} does. */
  @FunctionalInterface
  public interface Opener {

    /**
     * Opens the spool in {@code directory}.
     *
     * @param settings as query parameters of the address would give them
     * @param callbacks where futures complete, or null for the backend's default
     * @param disk the disk that the spool has to use, or null for the machine's own
     */
    Spool open(
        Path directory,
        Map<String, String> settings,
        @Nullable Executor callbacks,
        @Nullable Disk disk);
  }

  /** Spools that are opened so, whose addresses have the scheme {@code file}. */
  public DirectoryFixture(Opener opener) {
    this.opener = Objects.requireNonNull(opener, "opener");
  }

  @Override
  public Set<Trait> traits() {
    return EnumSet.complementOf(EnumSet.of(Trait.COMPACTS));
  }

  @Override
  public String uri(Path directory) {
    return directory.toUri().toString().replaceFirst("^file:///", "file:/");
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    return opener.open(directory, settings, callbacks, null);
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Gate gate = new Gate();
    Disk disk = gated(gate, data(directory.toAbsolutePath()));
    return new Stallable(opener.open(directory, settings, null, disk), gate);
  }

  /** A disk on which changes of messages' names pass the gate. */
  private static Disk gated(Gate gate, Path data) {
    Disk system = Disk.system();
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (proxy, method, arguments) -> {
              Path changed =
                  switch (method.getName()) {
                    case "rename" -> (Path) arguments[1];
                    case "deleteIfExists" -> (Path) arguments[0];
                    default -> null;
                  };
              if (changed != null && changed.startsWith(data)) {
                gate.pass();
              }
              try {
                return method.invoke(system, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public void damage(Path directory, SpoolId id) throws IOException {
    try (Stream<Path> files = Files.walk(data(directory))) {
      for (Path file : files.filter(path -> path.endsWith(id.toString())).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
  }

  private static Path data(Path directory) {
    return directory.resolve("data");
  }
}
