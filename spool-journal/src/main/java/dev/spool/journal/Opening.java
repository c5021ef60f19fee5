package dev.spool.journal;

import dev.spool.SpoolException.Outcome;
import dev.spool.support.Disk;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import dev.spool.support.SpoolDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Opens the engine, on a thread of its own, since whoever opens a spool may be interrupted, which
 * would close the file that is being read.
 */
final class Opening {
  private static final Set<String> FEATURES = Set.of();

  private Opening() {}

  static Engine open(
      Disk disk,
      Path path,
      int segmentSize,
      Preallocation preallocation,
      boolean readOnly,
      EngineContext context) {
    SpoolDirectory directory =
        SpoolDirectory.open(disk, path, JournalSpool.SCHEME, Format.VERSION, FEATURES, readOnly);
    boolean opened = false;
    try {
      JournalEngine engine =
          new JournalEngine(directory, context, segmentSize, preallocation, readOnly);
      openUninterrupted(engine, context, path);
      opened = true;
      return engine;
    } finally {
      if (!opened) {
        directory.close();
      }
    }
  }

  private static void openUninterrupted(JournalEngine engine, EngineContext context, Path path) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    context
        .threads()
        .thread(
            "opening",
            () -> {
              try {
                engine.open();
                done.complete(null);
              } catch (Throwable e) {
                Scarcity.fail(done, e);
              }
            })
        .start();
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cause) {
        IOException failure = cause instanceof SyncFailure sync ? sync.failure() : cause;
        throw IoFailures.typed("cannot open the spool " + path, Outcome.NOT_APPLIED, failure);
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }
}
