package dev.spool.filesystem;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A process that uses up its file descriptors. It prints what came of each call, and of its health,
 * while it has none, and after it has some again.
 */
final class TooManyFilesChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final byte[] MESSAGE = {1, 2, 3};

  private TooManyFilesChild() {}

  /**
   * Runs it.
   *
   * @param args a directory, and how long errors may last
   */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    rehearse(directory.resolve("rehearsal"));
    try (FileSpool spool =
        FileSpool.builder(directory.resolve("spool"))
            .errorLatchDuration(Duration.parse(args[1]))
            .errorUnlatchDuration(Duration.ZERO)
            .open()) {
      perform("real", spool, TooManyFilesChild::useUp);
    }
  }

  /**
   * With errors that are made up: classes that are not loaded yet cannot be without descriptors.
   */
  private static void rehearse(Path directory) {
    AtomicBoolean failing = new AtomicBoolean();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change == Change.CREATE || change == Change.FORCE_DIRECTORY) {
              fail(path);
            }
          }

          @Override
          void beforeReading(Path path) throws IOException {
            fail(path);
          }

          private void fail(Path path) throws IOException {
            if (failing.get()) {
              throw new FileSystemException(path.toString(), null, "Too many open files");
            }
          }
        };
    try (FileSpool spool = TestSpools.open(directory, disk)) {
      perform(
          "rehearsed",
          spool,
          () -> {
            failing.set(true);
            return () -> failing.set(false);
          });
    }
  }

  /** Takes all descriptors. Returns what gives them back. */
  private static Runnable useUp() {
    List<FileInputStream> taken = new ArrayList<>();
    try {
      while (true) {
        taken.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      OUT.println("taken " + e.getMessage());
    }
    return () -> taken.forEach(TooManyFilesChild::close);
  }

  private static void close(FileInputStream file) {
    try {
      file.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Descriptors are taken, and given back. */
  private interface Shortage {
    Runnable begin();
  }

  private static void perform(String when, FileSpool spool, Shortage shortage) {
    SpoolId kept = SpoolId.random();
    SpoolId removed = SpoolId.random();
    TestSpools.get(spool.store(kept, MESSAGE));
    TestSpools.get(spool.store(removed, MESSAGE));
    Runnable end = shortage.begin();
    say(when, "store", spool.store(SpoolId.random(), MESSAGE));
    say(when, "load", spool.load(kept));
    say(when, "remove", spool.remove(removed, Durability.SYNC, null));
    EntryChannel channel = EntryChannel.bounded(4, 1 << 20);
    say(when, "enumerate", spool.enumerate(channel));
    OUT.println(when + " health: " + spool.health().state() + " " + spool.health().reason());
    end.run();
    TestSpools.awaitStores(spool);
    say(when, "store afterwards", spool.store(SpoolId.random(), MESSAGE));
    say(when, "load afterwards", spool.load(kept));
    say(when, "remove afterwards", spool.remove(removed, Durability.SYNC, null));
    OUT.println(when + " entries afterwards: " + TestSpools.enumerate(spool).size());
  }

  private static void say(String when, String what, CompletableFuture<?> call) {
    String came;
    try {
      Object result = TestSpools.get(call);
      came = result instanceof byte[] bytes ? bytes.length + " bytes" : String.valueOf(result);
    } catch (SpoolException e) {
      came = e.getClass().getSimpleName() + " " + e.outcome() + " " + e.detail();
    }
    OUT.println(when + " " + what + ": " + came);
  }
}
