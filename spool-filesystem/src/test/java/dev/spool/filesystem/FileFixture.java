package dev.spool.filesystem;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.testkit.Gate;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Stallable;
import dev.spool.testkit.Trait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How the contract opens file spools. */
final class FileFixture implements SpoolFixture {

  @Override
  public Set<Trait> traits() {
    Set<Trait> traits = EnumSet.allOf(Trait.class);
    traits.remove(Trait.COMPACTS);
    return traits;
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
    Disk disk = new Disk(gate, directory.toAbsolutePath().resolve("data"));
    return new Stallable(FileSpool.builder(directory).settings(settings).disk(disk).open(), gate);
  }

  @Override
  public void damage(Path directory, SpoolId id) throws IOException {
    Path file = new FileLayout(directory).file(id);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  /** Changes of messages' names pass the gate. */
  private static final class Disk extends ForwardingDisk {
    private final Gate gate;
    private final Path data;

    Disk(Gate gate, Path data) {
      this.gate = gate;
      this.data = data;
    }

    @Override
    void before(Change change, Path path) {
      if ((change == Change.RENAME || change == Change.DELETE) && path.startsWith(data)) {
        gate.pass();
      }
    }
  }
}
