package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file of a small, closed spool is damaged in every region: a bit flipped, cut off, zeros
 * written, deleted, exchanged with any other, overwritten by it, doubled under another name. The
 * spool refuses to open, with a typed error and without touching anything, or it serves what it
 * can: never wrong bytes, and never as if all were well with a message missing, but where the
 * format cannot tell ({@link #canGoUnnoticed}). What was removed stays so; but where damage is the
 * engine's, the record of a removal may be hit, and the message come back, if the spool says that
 * something is wrong. It neither hangs nor takes the JVM with it: that is another process, which is
 * watched. The provider of the fixture's addresses has to be on the class path.
 *
 * <p>In the build some of all damages are tried, spread evenly; with {@code -Pstress} all of them.
 */
public interface StorageDamageContract extends BackendContract {

  /**
   * The message that is stored last, of which nothing is demanded but that it is whole where it is
   * shown: of the last record of a log nobody can tell damage from what a power cut has torn.
   */
  Map<SpoolId, byte[]> LAST = Messages.mixed(14, 1, 500);

  /** Why damages of files are not tried. */
  String NOTHING_THERE = "skipped: it keeps no files there";

  /**
   * Tells whether a file is part of what is stored. Those that are not are left alone: locks, and
   * what the engine writes for people.
   */
  default boolean isStorage(Path file) {
    return !fixture().isLockFile(file) && !file.endsWith("OWNER");
  }

  /**
   * Tells whether damage can make a message missing without a trace, by the nature of the format:
   * where each message is a file of its own, a file that is deleted was never there. If it is so of
   * a mutation, a message that was removed may come back, too: the trace may be what was hit. What
   * has gone unnoticed so is counted for itself.
   *
   * @param image the directory of the spool before
   * @param damaged that of the copy with the damage, which nobody has opened yet
   * @throws IOException if they cannot be read
   */
  default boolean canGoUnnoticed(DamagedFile damage, Path image, Path damaged) throws IOException {
    return false;
  }

  /**
   * Returns which messages may be missing after that damage, of all that are to be there. The
   * others have to be served, whatever the spool says of these; if there are others, it has to
   * open. By default damage to anything may cost everything.
   *
   * @param image the directory of the spool before
   * @throws IOException if it cannot be read
   */
  default Set<SpoolId> mayBeMissing(DamagedFile damage, Path image, Set<SpoolId> all)
      throws IOException {
    return all;
  }

  /**
   * Tells whether a spool that has once told of damage tells of it at the next opening, too, if
   * messages are missing still.
   */
  default boolean tellsAgain() {
    return true;
  }

  /** Returns how many damages are tried in the build, of all that there are. */
  default int damagesInShort() {
    return 150;
  }

  /** Returns how many mutations are tried. */
  default int mutations() {
    return Stress.count(100, 3000);
  }

  /** Every file, every region; aborted if there is no file that {@link #isStorage}. */
  @Test
  default void damageIsNeverServedAndNeverUnnoticed(@TempDir Path dir) throws IOException {
    judge(dir, DamageSweep::run);
  }

  /** Bytes that nobody meant to write, in any file ({@link Mutations}). */
  @Test
  default void arbitraryBytesAreNeverServedAndNeverUnnoticed(@TempDir Path dir) throws IOException {
    judge(dir, sweep -> sweep.mutate(mutations()));
  }

  private void judge(Path dir, DamageSweep.Trial trial) throws IOException {
    Path image = dir.resolve("image");
    Map<SpoolId, byte[]> there = new LinkedHashMap<>();
    Map<SpoolId, byte[]> removed = crashed(dir.resolve("live"), image, there);
    DamageSweep.Contents contents = new DamageSweep.Contents(there, removed, LAST);
    try (DamageSweep sweep = new DamageSweep(this, image, dir.resolve("case"), contents)) {
      trial.run(sweep);
      System.out.println(sweep);
      String which = sweep + ", seed " + Stress.seed();
      assertThat(sweep.broken()).as(which).isEmpty();
      assumeTrue(sweep.planned() > 0, NOTHING_THERE);
      assumeTrue(sweep.tried() > 0, "skipped: no damage has changed anything");
      assertThat(sweep.tried()).as(which).isGreaterThanOrEqualTo(Math.min(51, sweep.planned() / 2));
      if (sweep.tried() > 50) { // of a few all may hit what nobody needs
        assertThat(sweep.noticed()).as(which).isPositive();
      }
    }
  }

  /**
   * Copies a spool that is open and has nothing to do: again, as long as something of its own was
   * still changing files meanwhile. A copy of different moments is what no crash leaves.
   */
  private void copyAtRest(Path dir, Path image) throws IOException {
    String before;
    do {
      before = look(dir);
      if (Files.isDirectory(image)) {
        DamageSweep.delete(image);
      }
      DamageSweep.copy(dir, image, this::isStorage);
    } while (!before.equals(look(dir)));
  }

  private String look(Path dir) throws IOException {
    StringBuilder seen = new StringBuilder();
    try (Stream<Path> walk = Files.walk(dir)) {
      for (Path file : walk.sorted().toList()) {
        if (Files.isRegularFile(file) && isStorage(file)) {
          seen.append(file).append(' ').append(Files.readAttributes(file, "unix:ino,ctime,size"));
        }
      }
    } catch (NoSuchFileException | UncheckedIOException e) {
      seen.append(e).append(System.nanoTime()); // as no other look
    }
    return seen.toString();
  }

  /**
   * Makes what a crash leaves of a small spool: tables, logs, whatever the backend has. What it
   * holds goes into {@code there}; what is returned was removed.
   */
  private Map<SpoolId, byte[]> crashed(Path dir, Path image, Map<SpoolId, byte[]> there)
      throws IOException {
    Map<SpoolId, byte[]> first = Messages.mixed(11, 5, 900);
    Map<SpoolId, byte[]> gone = Messages.mixed(12, 3, 500);
    Map<SpoolId, byte[]> second = Messages.mixed(13, 5, 900);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, first, Durability.SYNC);
      Check.storeAll(spool, gone, Durability.SYNC);
      Check.get(spool.compact());
      gone.keySet().forEach(id -> Check.get(spool.remove(id, Durability.SYNC, null)));
      Check.storeAll(spool, second, Durability.SYNC);
      Check.storeAll(spool, LAST, Durability.SYNC);
      Check.get(spool.cleanup());
      assumeTrue(Files.isDirectory(dir), NOTHING_THERE);
      copyAtRest(dir, image);
    }
    there.putAll(first);
    there.putAll(second);
    return gone;
  }
}
