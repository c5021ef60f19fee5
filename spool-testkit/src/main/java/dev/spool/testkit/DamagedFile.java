package dev.spool.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One damage to one file of a spool.
 *
 * @param kind what is done to it
 * @param file the file, below the spool's directory
 * @param position where, in bytes; 0 where that says nothing
 * @param other the other file of an exchange or a copy, or the name of a duplicate, else null
 */
public record DamagedFile(Kind kind, Path file, long position, @Nullable Path other) {
  private static final int REGION = 64;

  /** Of regions that hold nothing but zeros, one in so many is damaged. */
  private static final int EMPTY = 64;

  /** The id that a message's file is named by, or the first number in a name. */
  private static final Pattern NUMBER = Pattern.compile("[0-9a-f]{32}|[0-9]+");

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
    /** It is there a second time, under a name such as the spool may give: the other file. */
    DUPLICATE,
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
      if (other.compareTo(file) > 0) {
        all.add(new DamagedFile(Kind.SWAP, file, 0, other));
      }
      if (!other.equals(file)) {
        all.add(new DamagedFile(Kind.COPY, file, 0, other));
      }
    }
    for (Path name : namesLike(file, files)) {
      all.add(new DamagedFile(Kind.DUPLICATE, file, 0, name));
    }
    return all;
  }

  /** Returns mutations of a spool's files: of each in turn, with pieces of any other; or none. */
  static List<DamagedFile> mutations(List<Path> files, long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<DamagedFile> all = new ArrayList<>();
    for (int i = 0; i < count && !files.isEmpty(); i++) {
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

  /**
   * Returns names that a file of that kind may have, and none has: with a number, the next one and
   * the one before, and one that is far from it; without one, that of an old file.
   */
  private static List<Path> namesLike(Path file, List<Path> files) {
    String name = file.getFileName().toString();
    Matcher matcher = NUMBER.matcher(name);
    List<Path> names = new ArrayList<>();
    if (!matcher.find()) {
      names.add(file.resolveSibling(name + ".1"));
      return names;
    }
    String digits = matcher.group();
    int radix = digits.length() == 32 ? 16 : 10;
    BigInteger number = new BigInteger(digits, radix);
    for (int step : new int[] {1, -1, 100}) {
      BigInteger next = number;
      Path like;
      do {
        next = next.add(BigInteger.valueOf(step));
        String text = next.max(BigInteger.ZERO).toString(radix);
        String padded = "0".repeat(Math.max(0, digits.length() - text.length())) + text;
        like = file.resolveSibling(matcher.replaceFirst(padded));
      } while (files.contains(like) && next.signum() > 0);
      if (next.signum() >= 0 && !files.contains(like)) {
        names.add(like);
      }
    }
    return names;
  }

  /** Returns the files whose contents have become others, or that are gone: none of a duplicate. */
  public Set<Path> hit() {
    return switch (kind) {
      case DUPLICATE -> Set.of();
      case SWAP -> Set.of(file, Objects.requireNonNull(other));
      case FLIP, CUT, ZEROS, APPEND, DELETE, COPY, MUTATE -> Set.of(file);
    };
  }

  /** Does it to a copy of the spool; returns whether that has changed anything. */
  boolean to(Path spool) throws IOException {
    Path target = spool.resolve(file);
    if (kind == Kind.DELETE) {
      Files.delete(target);
      return true;
    }
    if (kind == Kind.DUPLICATE) {
      Files.copy(
          target, spool.resolve(Objects.requireNonNull(other)), StandardCopyOption.COPY_ATTRIBUTES);
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
      case DELETE, DUPLICATE -> throw new AssertionError("done before");
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
