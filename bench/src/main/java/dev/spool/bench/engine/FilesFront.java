package dev.spool.bench.engine;

import dev.spool.Deadline;
import dev.spool.SpoolException.Outcome;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.support.IoFailures;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The {@link FilesEngine} behind our front: blocks a thread for each write that is under way. */
final class FilesFront extends FrontedSpool.Front<FilesEngine> {
  /** As many as the table has stores in flight, but for its widest row. */
  private static final int WRITERS = 64;

  private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS);

  private FilesFront(FilesEngine files) {
    super(files);
  }

  static SpoolEngine open(Place place) throws IOException {
    return FrontedSpool.of("files", new FilesFront(FilesEngine.open(place)));
  }

  @Override
  public void write(WriteCall call) {
    writers.execute(
        () -> {
          if (call.join()) {
            carryOut(call);
          }
        });
  }

  private void carryOut(WriteCall call) {
    byte[] data = call.data();
    try {
      if (data == null) {
        store().remove(call.id()).join();
      } else {
        store().store(call.id(), data, call.durability()).join();
      }
      call.succeed();
    } catch (CompletionException e) {
      call.fail(IoFailures.typed("writing", Outcome.UNKNOWN, new IOException(e)));
    }
  }

  @Override
  public void stop(Deadline deadline) throws IOException {
    writers.shutdown();
    try {
      if (!writers.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IOException("writes are under way still");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
