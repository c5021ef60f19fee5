package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;

/**
 * Chronicle Queue: records in memory-mapped files, which the operating system writes when it likes.
 *
 * <p>A queue has no removals and no ids, only positions; its files are deleted as a whole.
 */
final class ChronicleEngine implements Engine.Scans {
  /** What its documentation names for Java 17; and it is not to report its use to its makers. */
  static final JvmNeeds NEEDS =
      JvmNeeds.options(
          List.of(
              "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
              "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
              "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
              "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
              "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
              "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
              "--add-opens=java.base/java.lang=ALL-UNNAMED",
              "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
              "--add-opens=java.base/java.io=ALL-UNNAMED",
              "--add-opens=java.base/java.nio=ALL-UNNAMED",
              "--add-opens=java.base/java.util=ALL-UNNAMED",
              "-Dchronicle.analytics.disable=true",
              "-Dchronicle.disk.monitor.disable=true"));

  private static final int ID_BYTES = 16;

  private final ChronicleQueue queue;

  /** Used under its own lock. */
  private final ExcerptAppender appender;

  private ChronicleEngine(ChronicleQueue queue) {
    this.queue = queue;
    this.appender = queue.createAppender();
    appender.singleThreadedCheckDisabled(true);
  }

  static ChronicleEngine open(Place place) {
    return new ChronicleEngine(ChronicleQueue.single(place.directory().toString()));
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    if (durability == Durability.SYNC) {
      return CompletableFuture.failedFuture(new IllegalArgumentException("it never syncs"));
    }
    synchronized (appender) {
      appender.writeBytes(bytes -> bytes.write(id.toBytes()).write(data));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return CompletableFuture.failedFuture(new IllegalStateException("it cannot remove"));
  }

  @Override
  public void scan(Visitor visitor) {
    try (ExcerptTailer tailer = queue.createTailer()) {
      boolean more = true;
      while (more) {
        more =
            tailer.readBytes(
                bytes -> {
                  byte[] id = new byte[ID_BYTES];
                  int unusedId = bytes.read(id);
                  byte[] data = new byte[(int) bytes.readRemaining()];
                  int unusedData = bytes.read(data);
                  visitor.visit(SpoolId.fromBytes(id), data);
                });
      }
    }
  }

  @Override
  public void close() {
    appender.close();
    queue.close();
  }
}
