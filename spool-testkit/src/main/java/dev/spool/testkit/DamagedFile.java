package dev.spool.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One damage to one file of a spool.
 *
 * @param kind what is done to it
 * @param file the file, below the spool's directory
 * @param position where, in bytes; 0 where that says nothing
 * @param other the other file of an exchange or a copy, else null
 */
public record DamagedFile(Kind kind, Path file, long position, @Nullable Path other) {
  private static final int REGION = 64;

  /** Of regions that hold nothing but zeros, one in so many is damaged. */
  private static final int EMPTY = 64;

  /** What is done to a file. */
  public enum Kind {
    /** One bit is flipped. */
    FLIP,
    /** It ends there. */
    CUT,
    /** 64 bytes from there on are zeros. */
    ZEROS,
    /** 64 bytes of something else are behind its end. */
    APPEND,
    /** It is not there. */
    DELETE,
    /** It and another have each other's contents. */
    SWAP,
    /** It has the contents of another. */
    COPY,
    /** It is a mutation of what it was; the position is the seed. */
    MUTATE
  }

  /** Returns all the damages to a spool's file, given the others. */
  static List<DamagedFile> all(Path image, Path file, List<Path> files) throws IOException {
    byte[] bytes = Files.readAllBytes(image.resolve(file));
    long length = bytes.length;
    List<DamagedFile> all = new ArrayList<>();
    for (int region = 0; region < length; region += REGION) {
      if (isEmpty(bytes, region) && region / REGION % EMPTY != 0) {
        continue;
      }
      long within = region + region / REGION * 29L % Math.min(REGION, length - region);
      all.add(new DamagedFile(Kind.FLIP, file, within, null));
      all.add(new DamagedFile(Kind.CUT, file, region, null));
      all.add(new DamagedFile(Kind.ZEROS, file, region, null));
    }
    if (length > 0) {
      all.add(new DamagedFile(Kind.FLIP, file, length - 1, null));
      all.add(new DamagedFile(Kind.CUT, file, length - 1, null));
    }
    all.add(new DamagedFile(Kind.APPEND, file, length, null));
    all.add(new DamagedFile(Kind.DELETE, file, 0, null));
    for (Path other : files) {
      if (!other.equals(file) && extension(other).equals(extension(file))) {
        all.add(new DamagedFile(Kind.SWAP, file, 0, other));
        all.add(new DamagedFile(Kind.COPY, file, 0, other));
        break;
      }
    }
    return all;
  }

  /** Returns mutations of a spool's files: of each in turn, with pieces of any other. */
  static List<DamagedFile> mutations(List<Path> files, long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<DamagedFile> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path other = files.get(random.nextInt(files.size()));
      all.add(new DamagedFile(Kind.MUTATE, files.get(i % files.size()), random.nextLong(), other));
    }
    return all;
  }

  private static boolean isEmpty(byte[] bytes, int region) {
    for (int i = region; i < Math.min(bytes.length, region + REGION); i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static String extension(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).replaceAll("[0-9a-f]", "");
  }

  /** Does it to a copy of the spool; returns whether that has changed anything. */
  boolean to(Path spool) throws IOException {
    Path target = spool.resolve(file);
    if (kind == Kind.DELETE) {
      Files.delete(target);
      return true;
    }
    byte[] before = Files.readAllBytes(target);
    byte[] after = before.clone();
    int at = kind == Kind.MUTATE ? 0 : (int) position;
    switch (kind) {
      case FLIP -> after[at] ^= (byte) (1 << (at % 8));
      case CUT -> after = Arrays.copyOf(before, at);
      case ZEROS -> Arrays.fill(after, at, Math.min(after.length, at + REGION), (byte) 0);
      case APPEND -> {
        after = Arrays.copyOf(before, before.length + REGION);
        Arrays.fill(after, before.length, after.length, (byte) 'x');
      }
      case SWAP, COPY -> {
        Path source = spool.resolve(Objects.requireNonNull(other));
        after = Files.readAllBytes(source);
        if (kind == Kind.SWAP) {
          write(source, before);
        }
      }
      case MUTATE -> {
        byte[] pieces = Files.readAllBytes(spool.resolve(Objects.requireNonNull(other)));
        after = new Mutations(new SplittableRandom(position)).of(before, pieces);
      }
      case DELETE -> throw new AssertionError("done before");
    }
    write(target, after);
    return !Arrays.equals(before, after);
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path fresh = file.resolveSibling("fresh-" + file.getFileName());
    Files.write(fresh, bytes);
    Files.setPosixFilePermissions(fresh, Files.getPosixFilePermissions(file));
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public String toString() {
    return kind + " " + file + " at " + position + (other == null ? "" : ", " + other);
  }
}
