package dev.spool.filesystem;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.SpoolEntry;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A process of another locale, which prints what it sees in a spool. */
final class ForeignNamesChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private ForeignNamesChild() {}

  /**
   * Runs it.
   *
   * @param args a spool
   */
  public static void main(String[] args) {
    try (FileSpool spool = FileSpool.open(Path.of(args[0]))) {
      OUT.println("enumerate: " + seen(spool::enumerate));
      OUT.println("list: " + seen(spool::list));
      OUT.println("health: " + spool.health().state());
      OUT.println("stores are refused: " + spool.unhealthyReason());
    }
  }

  private static String seen(Function<EntryChannel, CompletableFuture<ScanReport>> scan) {
    EntryChannel channel = EntryChannel.bounded(100, 1 << 20);
    CompletableFuture<ScanReport> done = scan.apply(channel);
    Set<String> places = new HashSet<>();
    int messages = 0;
    int damaged = 0;
    try {
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Corrupt corrupt) {
          damaged++;
          places.add(corrupt.location());
        } else {
          messages++;
        }
      }
      TestSpools.get(done);
    } catch (RuntimeException e) {
      return e.toString();
    }
    return "%d messages, %d damaged at %d places, of which %d are there"
        .formatted(
            messages,
            damaged,
            places.size(),
            places.stream().filter(ForeignNamesChild::isThere).count());
  }

  /** A place is a path, or a URI where its name is no text. */
  private static boolean isThere(String place) {
    return Files.exists(place.startsWith("file:") ? Path.of(URI.create(place)) : Path.of(place));
  }
}
