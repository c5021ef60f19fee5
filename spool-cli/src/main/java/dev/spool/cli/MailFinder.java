package dev.spool.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Finds the messages under a path: the file itself whatever its name, or, in a directory and those
 * below it, the files that are named like mail. Symbolic links inside a directory are not followed.
 */
public final class MailFinder {
  private final boolean anyName;
  private final Predicate<Path> leftOut;

  /**
   * Makes a finder.
   *
   * @param anyName to take every regular file in a directory, not only {@code .eml} and {@code
   *     .msg}
   */
  public MailFinder(boolean anyName) {
    this(anyName, directory -> false);
  }

  /** Makes a finder that does not go into some directories. */
  MailFinder(boolean anyName, Predicate<Path> leftOut) {
    this.anyName = anyName;
    this.leftOut = leftOut;
  }

  /**
   * Shows each file found, one at a time.
   *
   * @param found takes a file
   * @param unreadable takes a path that could not be looked at, and why; the search goes on
   */
  public void find(Path source, Consumer<Path> found, BiConsumer<Path, IOException> unreadable) {
    try {
      Path start = source.toRealPath();
      if (!Files.isDirectory(start)) {
        found.accept(source);
        return;
      }
      Files.walkFileTree(
          start,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(
                Path directory, BasicFileAttributes attributes) {
              return leftOut.test(directory)
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile() && isMail(file)) {
                found.accept(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              unreadable.accept(file, failure);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException failure) {
              if (failure != null) {
                unreadable.accept(directory, failure);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      unreadable.accept(source, e);
    }
  }

  private boolean isMail(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return anyName || name.endsWith(".eml") || name.endsWith(".msg");
  }
}
