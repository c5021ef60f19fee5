package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.SpoolLockedException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One owner at a time has a spool open. */
public interface OwnershipContract extends BackendContract {

  /**
   * A second opening in the same process is refused, again and again, and does the first no harm.
   */
  @Test
  default void secondOpeningIsRefused(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> open(dir)).isInstanceOf(SpoolLockedException.class);
      }
      Check.holdsExactly(spool, Map.of(id, Messages.of(1, 10)));
      Check.get(spool.remove(id));
    }
  }

  /** Once it is closed, a spool can be opened again. */
  @Test
  default void openedAgainAfterClose(@TempDir Path dir) {
    for (int i = 0; i < 5; i++) {
      try (Spool spool = open(dir)) {
        Check.get(spool.store(SpoolId.random(), Messages.of(i, 10)));
      }
    }
  }

  /** Two spools beside each other know nothing of each other. */
  @Test
  default void spoolsSideBySide(@TempDir Path dir) {
    SpoolId id = SpoolId.random();
    try (Spool one = open(dir.resolve("one"));
        Spool two = open(dir.resolve("two"))) {
      Check.get(one.store(id, Messages.of(1, 10)));
      Check.absent(two, id);
      Check.get(two.store(id, Messages.of(2, 20)));
      Check.holdsExactly(one, Map.of(id, Messages.of(1, 10)));
      Check.holdsExactly(two, Map.of(id, Messages.of(2, 20)));
    }
  }

  /**
   * Another process is refused and told who the owner is, also while this one reads the files of
   * its spool.
   */
  @Test
  default void anotherProcessIsRefused(@TempDir Path dir) throws IOException {
    try (Spool spool = open(dir)) {
      Check.get(spool.store(SpoolId.random(), Messages.of(1, 10)));
      readAllFiles(dir);
      assertThatThrownByOpening(dir);
      try (ChildProcess child = ChildProcess.start("open", fixture().uri(dir))) {
        String answer = child.await("OPENED", "REFUSED");
        if (has(Trait.PROCESS_LOCK)) {
          assertThat(answer).startsWith("REFUSED SpoolLockedException");
          assertThat(answer).contains(Long.toString(ProcessHandle.current().pid()));
        } else {
          assertThat(answer).as("the other process has a spool of its own").isEqualTo("OPENED 0");
        }
      }
    }
  }

  /**
   * While another process is the owner this one is refused, and told its pid; afterwards it is let
   * in.
   */
  @Test
  default void refusedWhileAnotherProcessOwns(@TempDir Path dir) throws IOException {
    try (ChildProcess child = ChildProcess.start("hold", fixture().uri(dir))) {
      String holding = child.await("HOLDING", "REFUSED");
      assertThat(holding).startsWith("HOLDING");
      SpoolId id = SpoolId.parse(holding.split(" ", -1)[1]);
      if (has(Trait.PROCESS_LOCK)) {
        assertThatThrownBy(() -> open(dir))
            .isInstanceOfSatisfying(
                SpoolLockedException.class,
                e -> assertThat(e.detail()).contains(Long.toString(child.pid())));
      } else {
        open(dir).close();
      }
      child.finish();
      try (Spool spool = open(dir)) {
        Check.holdsExactly(
            spool, has(Trait.PERSISTENT) ? Map.of(id, Messages.of(1, 1000)) : Map.of());
      }
    }
  }

  /** An owner that was killed leaves nothing that would keep the next one out. */
  @Test
  default void killedOwnerLeavesTheSpoolFree(@TempDir Path dir) throws IOException {
    try (ChildProcess child = ChildProcess.start("hold", fixture().uri(dir))) {
      SpoolId id = SpoolId.parse(child.await("HOLDING").split(" ", -1)[1]);
      List<String> rest = child.kill();
      assertThat(rest).isEmpty();
      try (Spool spool = open(dir)) {
        Check.holdsExactly(
            spool, has(Trait.PERSISTENT) ? Map.of(id, Messages.of(1, 1000)) : Map.of());
      }
    }
  }

  private void assertThatThrownByOpening(Path dir) {
    assertThatThrownBy(() -> open(dir)).isInstanceOf(SpoolLockedException.class);
  }

  /** Reads every file as a backup would: the spool is live, so files come and go meanwhile. */
  private void readAllFiles(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return;
    }
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() && !fixture().isLockFile(file)) {
              try {
                assertThat(Files.readAllBytes(file)).isNotNull();
              } catch (NoSuchFileException gone) {
                return FileVisitResult.CONTINUE;
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
  }
}
