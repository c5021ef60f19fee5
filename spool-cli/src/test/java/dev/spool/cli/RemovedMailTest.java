package dev.spool.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long removed mail can be found in a spool's files: what docs/operations.md says of each
 * backend. What the blocks of the device hold after that is not the spool's to say.
 */
final class RemovedMailTest {
  private static final String MARK = "a secret that was delivered";

  @TempDir Path temporary;
  private Path directory;

  @BeforeEach
  void name() {
    directory = temporary.resolve("spool");
  }

  @Test
  void fileOfARemovedMessageIsGone() throws IOException {
    try (Spool spool = open("file")) {
      List<SpoolId> ids = store(spool);
      assertThat(isFound()).isTrue();
      remove(spool, ids);
      assertThat(isFound()).isFalse();
    }
    assertThat(isFound()).isFalse();
  }

  @Test
  void rocksdbKeepsItInALogUntilItIsOpenedAgain() throws IOException {
    try (Spool spool = open("rocksdb")) {
      List<SpoolId> ids = store(spool);
      remove(spool, ids);
      assertThat(found()).allMatch(file -> file.endsWith(".log")).isNotEmpty();
      spool.compact().join();
      assertThat(found()).allMatch(file -> file.endsWith(".log")).isNotEmpty();
    }
    assertThat(found()).allMatch(file -> file.endsWith(".log")).isNotEmpty();
    open("rocksdb").close();
    assertThat(isFound()).isFalse();
  }

  @Test
  void rocksdbKeepsWhatWasFlushedInATableUntilItIsCompacted() throws IOException {
    try (Spool spool = open("rocksdb")) {
      List<SpoolId> ids = store(spool);
      spool.adviseLowMemory().join(); // flushes
      remove(spool, ids);
      assertThat(found()).anyMatch(file -> file.endsWith(".sst"));
      spool.compact().join();
      assertThat(found()).noneMatch(file -> file.endsWith(".sst"));
    }
    open("rocksdb").close();
    assertThat(isFound()).isFalse();
  }

  /** The setting is small, so that this is quick; it is the size of a log. */
  @Test
  void rocksdbOverwritesALogWithTwiceAsMuchMail() throws IOException {
    long log = 1 << 20;
    try (Spool spool = Spools.open(uri("rocksdb") + "&writeBufferSize=" + log)) {
      remove(spool, store(spool));
      assertThat(isFound()).isTrue();
      byte[] other = new byte[16 << 10];
      long written = 0;
      // A flush goes on beside this: how far it is when, nobody promises, but not for how long.
      while (isFound() && written < 64 * log) {
        List<CompletableFuture<Void>> stores = new ArrayList<>();
        List<SpoolId> ids = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          ids.add(SpoolId.random());
          stores.add(spool.store(ids.get(i), other, Durability.BUFFERED, null));
          written += other.length;
        }
        stores.forEach(CompletableFuture::join);
        remove(spool, ids);
      }
      assertThat(isFound()).as("after %s bytes", written).isFalse();
    }
  }

  private Spool open(String scheme) {
    return Spools.open(uri(scheme));
  }

  private String uri(String scheme) {
    return Cli.uri(scheme, directory) + (scheme.equals("rocksdb") ? "&ballast=0" : "");
  }

  private static List<SpoolId> store(Spool spool) {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      SpoolId id = SpoolId.random();
      spool.store(id, (MARK + " " + i).getBytes(ISO_8859_1)).join();
      ids.add(id);
    }
    return ids;
  }

  private static void remove(Spool spool, List<SpoolId> ids) {
    List<CompletableFuture<Void>> removals = new ArrayList<>();
    ids.forEach(id -> removals.add(spool.remove(id)));
    removals.forEach(CompletableFuture::join);
  }

  private boolean isFound() throws IOException {
    return !found().isEmpty();
  }

  /** Returns the names of the files that hold any of it. */
  private List<String> found() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (holds(file)) {
          names.add(file.getFileName().toString());
        }
      }
    }
    return names;
  }

  private static boolean holds(Path file) throws IOException {
    try {
      return new String(Files.readAllBytes(file), ISO_8859_1).contains(MARK);
    } catch (NoSuchFileException e) {
      return false; // deleted since it was listed
    }
  }
}
