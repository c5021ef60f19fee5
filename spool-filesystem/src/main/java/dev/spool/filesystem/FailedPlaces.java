package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Remembers what could not be read or forced, to try it again before the spool is believed to be
 * well. The last few of them: a broken device shows itself everywhere.
 *
 * <p>Thread-safe; no lock is held during I/O.
 */
final class FailedPlaces {
  private static final int MOST = 32;
  private static final int PIECE = 64 << 10;

  private final Disk disk;

  @GuardedBy("this")
  private final Set<Path> places = new LinkedHashSet<>();

  FailedPlaces(Disk disk) {
    this.disk = disk;
  }

  /**
   * Remembers a file that could not be read, or a directory that could not be read or forced. Not
   * what merely may not be read, which would keep the whole spool waiting. Waits for memory if
   * there is none for it: nobody else would remember.
   */
  void add(Path place) {
    boolean added = false;
    while (!added) {
      try {
        remember(place);
        added = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private synchronized void remember(Path place) {
    places.remove(place);
    places.add(place);
    if (places.size() > MOST) {
      Iterator<Path> oldest = places.iterator();
      oldest.next();
      oldest.remove();
    }
  }

  private synchronized List<Path> all() {
    return List.copyOf(places);
  }

  private synchronized void forget(Path place) {
    places.remove(place);
  }

  /** Forces a directory. */
  interface Force {
    void force(Path directory) throws IOException;
  }

  /**
   * Reads the files again, and lists and forces the directories.
   *
   * @throws IOException if one fails still
   */
  void repeat(Force force) throws IOException {
    for (Path place : all()) {
      forget(place); // first: it may fail for somebody else meanwhile
      boolean over = false;
      try {
        repeat(place, force);
        over = true;
      } catch (NoSuchFileException e) {
        over = true; // it was removed meanwhile, and cannot be in anyone's way
      } finally {
        if (!over) {
          add(place);
        }
      }
    }
  }

  private void repeat(Path place, Force force) throws IOException {
    FileFacts facts = disk.facts(place);
    if (facts.directory()) {
      disk.list(place, entry -> true);
      force.force(place);
    } else if (facts.regularFile()) {
      readThrough(place);
    }
  }

  private void readThrough(Path place) throws IOException {
    try (DiskFile file = disk.openRead(place)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      long at = 0;
      int count = file.read(piece, at);
      while (count > 0) {
        at += count;
        piece.clear();
        count = file.read(piece, at);
      }
    }
  }
}
