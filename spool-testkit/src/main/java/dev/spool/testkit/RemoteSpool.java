package dev.spool.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import dev.spool.torture.ChildJvm;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A spool that is open in another process, a {@link RemoteSpoolChild}, which may be killed: what it
 * has said before counts, and every call that it has not answered fails as unknown.
 *
 * <p>It has the calls that a {@link FaultSweep} makes. Safe for use by any number of threads.
 */
@SuppressWarnings("EnumOrdinal") // both sides are of one build
final class RemoteSpool implements Spool {

  /** What is asked of the child. */
  enum Call {
    OPEN,
    STORE,
    REMOVE,
    LOAD,
    SCAN,
    CLEANUP,
    COMPACT,
    CLOSE
  }

  /** What it answers; all but entries end the call. */
  enum Answer {
    /** With the bytes of a load, or none. */
    DONE,
    /** An entry of a scan: an id, and bytes. */
    ITEM,
    /** A damaged entry of a scan: an id, or none. */
    CORRUPT,
    /** The name of an exception, its outcome, and its detail. */
    FAILED
  }

  private final Process process;
  private final DataOutputStream out;
  private final Thread reader;

  @GuardedBy("this")
  private final Map<Integer, Pending> pending = new HashMap<>();

  @GuardedBy("this")
  private int calls;

  @GuardedBy("this")
  private boolean dead;

  /** A call that was not answered yet; of a scan with where its entries go. */
  private record Pending(
      CompletableFuture<byte[]> future, @Nullable SpoolId id, @Nullable EntryChannel channel) {}

  /**
   * Starts the process, which opens nothing yet.
   *
   * @param log the file that its standard error is appended to
   */
  RemoteSpool(Path log) throws IOException {
    process =
        ChildJvm.start(
            RemoteSpoolChild.class,
            List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            List.of(),
            log);
    out = new DataOutputStream(process.getOutputStream());
    DataInputStream in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    reader = new Thread(() -> read(in), "remote-spool");
    reader.setDaemon(true);
    reader.start();
  }

  long pid() {
    return process.pid();
  }

  /** Opens the spool at that address; as {@link dev.spool.Spools#open} does. */
  void open(String uri) {
    byte[] unused = Check.get(call(Call.OPEN, null, Durability.SYNC, uri.getBytes(UTF_8), null));
  }

  /**
   * Waits for the end of the process, which is told to end if it was not killed; returns its
   * status. If it has not ended in time it is killed, and that is a failure.
   */
  int awaitEnd(Duration limit) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it is dead
    }
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the process has not ended within " + limit);
      }
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
    return process.exitValue();
  }

  // Calls

  private CompletableFuture<byte[]> call(
      Call what,
      @Nullable SpoolId id,
      Durability level,
      byte[] data,
      @Nullable EntryChannel channel) {
    Pending call = new Pending(new CompletableFuture<>(), id, channel);
    synchronized (this) {
      if (!dead) {
        pending.put(++calls, call);
        try {
          send(what, calls, id, level, data);
        } catch (IOException e) {
          // it is dead: the reader will say so
        }
        return call.future;
      }
    }
    fail(call, died());
    return call.future;
  }

  @GuardedBy("this")
  private void send(Call what, int call, @Nullable SpoolId id, Durability level, byte[] data)
      throws IOException {
    out.writeByte(what.ordinal());
    out.writeInt(call);
    out.writeUTF(id == null ? "" : id.toString());
    out.writeByte(level.ordinal());
    out.writeInt(data.length);
    out.write(data);
    out.flush();
  }

  private static SpoolException died() {
    String said = "the process has died";
    return new SpoolException(said, said, Outcome.UNKNOWN, null);
  }

  private static void fail(Pending call, SpoolException failure) {
    if (call.channel != null) {
      call.channel.fail(failure);
    }
    call.future.completeExceptionally(failure);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return call(Call.LOAD, id, Durability.SYNC, new byte[0], null);
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return call(Call.STORE, id, durability, data, null).thenAccept(none -> {});
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return call(Call.REMOVE, id, durability, new byte[0], null).thenAccept(none -> {});
  }

  @Override
  public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return call(Call.SCAN, null, Durability.SYNC, new byte[0], channel)
        .thenApply(none -> new ScanReport(0, 0, 0, Duration.ZERO));
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return call(Call.CLEANUP, null, Durability.SYNC, new byte[0], null)
        .thenApply(none -> new CleanupReport(0, 0, Duration.ZERO));
  }

  @Override
  public CompletableFuture<CompactionReport> compact() {
    return call(Call.COMPACT, null, Durability.SYNC, new byte[0], null)
        .thenApply(none -> CompactionReport.NONE);
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    return call(Call.CLOSE, null, Durability.SYNC, new byte[0], null).thenAccept(none -> {});
  }

  @Override
  public @Nullable String unhealthyReason() {
    return null;
  }

  @Override
  public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SpoolHealth health() {
    throw new UnsupportedOperationException();
  }

  @Override
  public SpoolStats stats() {
    throw new UnsupportedOperationException();
  }

  // Answers

  private void read(DataInputStream in) {
    try {
      while (true) {
        hear(in);
      }
    } catch (IOException e) {
      List<Pending> unanswered;
      synchronized (this) {
        dead = true;
        unanswered = new ArrayList<>(pending.values());
        pending.clear();
      }
      unanswered.forEach(call -> fail(call, died()));
    }
  }

  private void hear(DataInputStream in) throws IOException {
    Answer answer = Answer.values()[in.readByte()];
    int number = in.readInt();
    String word = in.readUTF();
    Outcome outcome = Outcome.values()[in.readByte()];
    byte[] data = in.readNBytes(in.readInt());
    Pending call;
    synchronized (this) {
      boolean ends = answer == Answer.DONE || answer == Answer.FAILED;
      call = ends ? pending.remove(number) : pending.get(number);
    }
    if (call == null) {
      throw new IOException("an answer of no call");
    }
    switch (answer) {
      case DONE -> {
        if (call.channel != null) {
          call.channel.complete();
        }
        call.future.complete(data);
      }
      case ITEM -> show(call, new SpoolEntry.Item(SpoolId.parse(word), data));
      case CORRUPT ->
          show(
              call,
              new SpoolEntry.Corrupt(
                  word.isEmpty() ? null : SpoolId.parse(word), "the child", "damaged"));
      case FAILED -> fail(call, failure(call, word, outcome, new String(data, UTF_8)));
    }
  }

  private static void show(Pending call, SpoolEntry entry) {
    boolean unused = call.channel != null && call.channel.send(entry);
  }

  private static SpoolException failure(Pending call, String type, Outcome outcome, String detail) {
    SpoolId id = call.id;
    if (id != null && type.equals(MessageNotFoundException.class.getSimpleName())) {
      return new MessageNotFoundException(id);
    }
    if (id != null && type.equals(MessageCorruptException.class.getSimpleName())) {
      return new MessageCorruptException(id, "the child", detail);
    }
    return new SpoolException(type, detail, outcome, null);
  }
}
