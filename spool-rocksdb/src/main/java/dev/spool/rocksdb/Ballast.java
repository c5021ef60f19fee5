package dev.spool.rocksdb;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A file that does nothing but take up room, until there is none left: then it is deleted, so that
 * removals and the compaction that frees what they removed can be carried out. It is filled with
 * noise, since a file system may store zeros in no room at all.
 *
 * <p>Made only where a good deal of room is left beside it: it must never be what fills the disk,
 * nor what makes the spool refuse stores. Safe for use by any thread; making and releasing exclude
 * one another.
 */
final class Ballast {
  private static final int PIECE = 1 << 20;

  /**
   * What must be left: half as much again as the threshold at which a spool refuses stores by
   * default.
   */
  private static final double SHARE_LEFT = 0.15;

  private static final long MOST_LEFT = 6L << 30;

  /**
   * A quota may be short where the file system has room: that shows only when it has been filled to
   * the last byte, which is not to be done again and again.
   */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final Disk disk;
  private final Path path;
  private final long size;
  private final LongSupplier nanoTime;

  /** Deletes and creations are made under this object's monitor. */
  private boolean present;

  /** Whether it was given up, and is to be made again before stores may take its room. */
  private boolean owed;

  /** When it could not be filled, by {@link #nanoTime}; under this object's monitor. */
  private long failedAt;

  /** Set to stop {@link #make}. */
  private volatile boolean unwanted;

  Ballast(Disk disk, Path path, long size) {
    this(disk, path, size, System::nanoTime);
  }

  Ballast(Disk disk, Path path, long size, LongSupplier nanoTime) {
    this.disk = disk;
    this.path = path;
    this.size = size;
    this.nanoTime = nanoTime;
    failedAt = nanoTime.getAsLong() - PAUSE.toNanos();
  }

  /** What became of an attempt to make it. */
  enum Made {
    /** It is there, whole. */
    PRESENT,
    /** There is too little room for it now. */
    NO_ROOM,
    /** It is switched off, or it was stopped. */
    NOT_WANTED
  }

  /**
   * Makes it, unless it is there; takes as long as the disk takes to write it.
   *
   * @param stop asked now and then; true ends the attempt
   */
  synchronized Made make(BooleanSupplier stop) throws IOException {
    if (size == 0) {
      if (disk.exists(path)) {
        disk.deleteIfExists(path);
      }
      return Made.NOT_WANTED;
    }
    if (present || isWhole()) {
      present = true;
      return Made.PRESENT;
    }
    unwanted = false;
    disk.deleteIfExists(path); // what an earlier attempt has left
    if (nanoTime.getAsLong() - failedAt < PAUSE.toNanos() || !isRoom()) {
      return Made.NO_ROOM;
    }
    try {
      present = fill(stop);
    } finally {
      if (!present) {
        disk.deleteIfExists(path);
      }
    }
    return present ? Made.PRESENT : Made.NOT_WANTED;
  }

  /** Tells whether it was given up, and is not there again. */
  synchronized boolean isOwed() {
    owed &= isMissing();
    return owed;
  }

  /** Tells whether it is wanted, and not there. */
  synchronized boolean isMissing() {
    return size > 0 && !present;
  }

  /** Gives the room back. Returns false if there was nothing to give. */
  boolean release() throws IOException {
    unwanted = true;
    synchronized (this) {
      present = false;
      boolean released = disk.deleteIfExists(path);
      owed |= released;
      return released;
    }
  }

  /** Says how much is free, and how much has to be for it to be made; for the operator. */
  String need() throws IOException {
    DiskSpace space = space();
    return space.usableBytes()
        + " bytes are free, and "
        + (size + left(space))
        + " have to be: the setting ballast="
        + size
        + ", and beside it 15 % of the file system, or 6 GiB";
  }

  private boolean isWhole() throws IOException {
    return disk.exists(path) && disk.facts(path).length() == size;
  }

  private boolean isRoom() throws IOException {
    DiskSpace space = space();
    return space.usableBytes() - size >= left(space);
  }

  private DiskSpace space() throws IOException {
    Path directory = path.getParent();
    return disk.space(directory == null ? path : directory);
  }

  private static long left(DiskSpace space) {
    return (long) Math.min(space.totalBytes() * SHARE_LEFT, MOST_LEFT);
  }

  private boolean fill(BooleanSupplier stop) throws IOException {
    try (DiskFile file = disk.create(path)) { // without an inode nothing was filled
      return fill(file, stop);
    }
  }

  private boolean fill(DiskFile file, BooleanSupplier stop) throws IOException {
    ByteBuffer noise = noise();
    try {
      for (long at = 0; at < size; at += PIECE) {
        if (unwanted || stop.getAsBoolean()) {
          return false;
        }
        noise.position(0).limit((int) Math.min(PIECE, size - at));
        file.write(noise, at);
      }
      file.force(true);
    } catch (IOException e) {
      failedAt = nanoTime.getAsLong();
      throw e;
    }
    return true;
  }

  private static ByteBuffer noise() {
    ByteBuffer noise = ByteBuffer.allocateDirect(PIECE);
    SplittableRandom random = new SplittableRandom();
    while (noise.hasRemaining()) {
      noise.putLong(random.nextLong());
    }
    return noise;
  }
}
