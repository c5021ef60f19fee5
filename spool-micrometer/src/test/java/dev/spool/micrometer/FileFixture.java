package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.Disk;
import dev.spool.testkit.Gate;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Stallable;
import dev.spool.testkit.Trait;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** File spools, to be measured. */
final class FileFixture implements SpoolFixture {

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
    FileSpool.Builder builder = FileSpool.builder(directory).settings(settings);
    return (callbacks == null ? builder : builder.callbackExecutor(callbacks)).open();
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Gate gate = new Gate();
    Disk disk = gated(gate, directory.toAbsolutePath().resolve("data"));
    return new Stallable(FileSpool.builder(directory).settings(settings).disk(disk).open(), gate);
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
    try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
      for (Path file : files.filter(path -> path.endsWith(id.toString())).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
  }

  @Override
  public int shutdownRounds() {
    return 20; // what a race can do to the backend itself is found by that one's own tests
  }
}
