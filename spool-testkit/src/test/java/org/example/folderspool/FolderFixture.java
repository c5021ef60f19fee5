package org.example.folderspool;

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

/** What the contracts need to know of {@link FolderSpool}. */
final class FolderFixture implements SpoolFixture {
  @Override
  public Set<Trait> traits() {
    return EnumSet.complementOf(EnumSet.of(Trait.COMPACTS));
  }

  @Override
  public String uri(Path directory) {
    return directory.toUri().toString().replaceFirst("^file://", FolderSpool.SCHEME + ":");
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    FolderSpool.Builder builder = FolderSpool.builder(directory).settings(settings);
    if (callbacks != null) {
      builder.callbackExecutor(callbacks);
    }
    return builder.open();
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Gate gate = new Gate();
    return new Stallable(FolderSpool.builder(directory).settings(settings).open(gate::pass), gate);
  }

  @Override
  public void damage(Path directory, SpoolId id) throws IOException {
    Path file = directory.resolve(id.toString());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  /** A spool takes a few milliseconds to open. */
  @Override
  public int shutdownRounds() {
    return 20;
  }
}
