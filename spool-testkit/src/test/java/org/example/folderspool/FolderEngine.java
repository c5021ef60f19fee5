package org.example.folderspool;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.UnsupportedFormatException;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.Errno;
import dev.spool.support.FailureClass;
import dev.spool.support.FormatMarker;
import dev.spool.support.IoFailures;
import dev.spool.support.ReservedNames;
import dev.spool.support.ScanCall;
import dev.spool.support.Scarcity;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.Workers;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Files named by their messages' ids, beside the marker and the lock of the spool. Whatever else is
 * written has a number for a name until it is whole, and is swept at the next opening.
 */
final class FolderEngine implements Engine {
  private static final int VERSION = 1;
  private static final int MOST_WAITING = 1 << 20;
  private static final long IDLE_NANOS = 1_000_000_000L;
  private static final String TEMPORARY = "[0-9]+\\.tmp";

  private final SpoolDirectory directory;
  private final Disk disk;
  private final Path root;
  private final EngineContext context;
  private final Runnable storage;
  private final Workers writer;
  private final AtomicLong temporaries = new AtomicLong();

  /** Held by whoever changes names, until the change is forced. */
  private final Object names = new Object();

  /** Held by whoever opens a message, and while the file of a removed one is where it was. */
  private final Object visible = new Object();

  /**
   * Whose name was changed and not forced; null if all are. A force that failed may have dropped
   * the change, and a later one does not bring it back; so it is made again before any other.
   * Guarded by names.
   */
  private @Nullable SpoolId unsettled;

  /** Where the file of that message is if it was removed. Guarded by names. */
  private @Nullable Path trash;

  private FolderEngine(SpoolDirectory directory, EngineContext context, Runnable storage) {
    this.directory = directory;
    this.disk = directory.disk();
    this.root = directory.path();
    this.context = context;
    this.storage = storage;
    this.writer =
        new Workers(work -> context.threads().thread("writer", work), 1, MOST_WAITING, IDLE_NANOS);
  }

  static Engine open(FolderSpool.Builder settings, EngineContext context, Runnable storage) {
    SpoolDirectory directory =
        SpoolDirectory.open(
            settings.disk,
            settings.directory,
            FolderSpool.SCHEME,
            VERSION,
            Set.of(),
            settings.readOnly());
    FolderEngine engine = new FolderEngine(directory, context, storage);
    boolean opened = false;
    try {
      if (!settings.readOnly()) {
        engine.sweep();
      }
      opened = true;
      return engine;
    } finally {
      if (!opened) {
        engine.end();
      }
    }
  }

  /** On a thread of the spool's: whoever opens it may be interrupted, which would close files. */
  private void sweep() {
    CompletableFuture<Void> swept = new CompletableFuture<>();
    writer.execute(
        () -> {
          try {
            disk.list(
                root,
                entry -> {
                  if (isTemporary(entry)) {
                    disk.deleteIfExists(entry);
                  }
                  return true;
                });
            disk.forceDirectory(root); // what a process that was killed had not forced
            swept.complete(null);
          } catch (Throwable e) {
            Scarcity.fail(swept, e);
          }
        });
    try {
      swept.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException io
          ? IoFailures.typed("cannot open the spool " + root, Outcome.NOT_APPLIED, io)
          : e;
    }
  }

  private static boolean isTemporary(Path entry) {
    return String.valueOf(entry.getFileName()).matches(TEMPORARY);
  }

  private Path newTemporary() {
    return root.resolve(temporaries.incrementAndGet() + ".tmp");
  }

  private Path file(SpoolId id) {
    return root.resolve(id.toString());
  }

  // Writes

  @Override
  public void write(WriteCall call) {
    try {
      writer.execute(new Write(call));
    } catch (OutOfMemoryError | InternalError | RejectedExecutionException e) {
      if (call.join()) {
        call.fail(unexpected(call, Outcome.NOT_APPLIED, e));
      }
    }
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private final class Write implements Runnable {
    private final WriteCall call;

    Write(WriteCall call) {
      this.call = call;
    }

    @Override
    public void run() {
      if (!call.join()) {
        return;
      }
      SpoolException failure = null;
      try {
        storage.run();
        byte[] data = call.data();
        if (data == null) {
          remove(call.id());
        } else {
          store(call.id(), data);
        }
      } catch (SpoolException e) {
        failure = e;
      } catch (Throwable e) {
        failure = unexpected(call, Outcome.UNKNOWN, e);
      }
      if (failure == null) {
        call.succeed();
      } else {
        call.fail(failure);
      }
    }
  }

  /** Whatever is in the way of telling: nobody else would end the call. */
  private SpoolException unexpected(WriteCall call, Outcome outcome, Throwable failure) {
    while (true) {
      try {
        String what = "cannot write " + call.id() + ": " + failure;
        context.failed(IoFailures.ofWrite(failure), what, failure);
        return new SpoolException("the call failed", what, outcome, failure);
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private void store(SpoolId id, byte[] data) {
    Path temporary = newTemporary();
    try {
      create(temporary, id, data);
      synchronized (names) {
        settle();
        unsettled = id;
        change(id, () -> disk.rename(temporary, file(id)));
      }
    } finally {
      delete(temporary); // unless it has another name by now
    }
  }

  private void remove(SpoolId id) {
    Path removed = newTemporary();
    synchronized (names) {
      settle();
      if (!isThere(id)) {
        return;
      }
      unsettled = id;
      trash = removed;
      change(id, () -> disk.rename(file(id), removed));
    }
    delete(removed);
  }

  private boolean isThere(SpoolId id) {
    try {
      if (disk.exists(file(id))) {
        return true;
      }
      requirePresence();
      return false;
    } catch (IOException e) {
      throw context.readFailed("cannot look for " + file(id), e);
    }
  }

  /** A change of a name. */
  private interface Change {
    void make() throws IOException;
  }

  /** Changes the name of what is {@link #unsettled}, and forces that. */
  private void change(SpoolId id, Change change) {
    try {
      change.make();
    } catch (IOException e) {
      throw context.writeFailed("cannot change " + file(id), Outcome.UNKNOWN, e);
    }
    forceNames(Outcome.UNKNOWN);
    unsettled = null;
    trash = null;
  }

  /**
   * Makes the change again that may have been lost. A message is written to a new file; what was
   * removed is put back and taken away, unseen.
   */
  private void settle() {
    SpoolId id = unsettled;
    if (id == null) {
      return;
    }
    Path removed = trash;
    try {
      requirePresence();
      if (disk.exists(file(id))) {
        Path again = newTemporary();
        try (DiskFile from = disk.openRead(file(id))) {
          create(again, id, MessageFile.read(from, id));
          disk.rename(again, file(id));
        } finally {
          delete(again);
        }
      } else if (removed != null && disk.exists(removed)) {
        synchronized (visible) {
          disk.rename(removed, file(id));
          disk.rename(file(id), removed);
        }
      }
    } catch (IOException e) {
      throw context.writeFailed("cannot change again " + file(id), Outcome.NOT_APPLIED, e);
    } catch (MessageFile.Damage e) {
      // As it is, it cannot be written anew; nobody loads it either.
      damaged(file(id), e.error());
    }
    forceNames(Outcome.NOT_APPLIED);
    unsettled = null;
    trash = null;
    if (removed != null) {
      delete(removed);
    }
  }

  private void create(Path path, SpoolId id, byte[] data) {
    try (DiskFile file = disk.create(path)) {
      MessageFile.write(file, id, data);
      try {
        file.force(true);
      } catch (IOException e) {
        throw forceFailed(path, Outcome.NOT_APPLIED, e);
      }
    } catch (IOException e) {
      throw context.writeFailed("cannot write " + path, Outcome.NOT_APPLIED, e);
    }
  }

  private void forceNames(Outcome outcome) {
    try {
      disk.forceDirectory(root);
    } catch (IOException e) {
      Errno errno = IoFailures.errno(e);
      throw errno == Errno.EMFILE || errno == Errno.ENFILE // not opened, and so not forced
          ? context.writeFailed("cannot force " + root, outcome, e)
          : forceFailed(root, outcome, e);
    }
  }

  private SpoolException forceFailed(Path what, Outcome outcome, IOException failure) {
    String tried = "cannot force " + what;
    context.syncFailed(tried + ": " + failure, failure);
    if (IoFailures.ofWrite(failure) == FailureClass.SPACE) {
      context.failed(FailureClass.SPACE, tried + ": " + failure, failure);
    }
    return IoFailures.typed(tried, outcome, failure);
  }

  /** What cannot be deleted now is swept later. */
  private void delete(Path temporary) {
    try {
      disk.deleteIfExists(temporary);
    } catch (IOException e) {
      var unused = context.writeFailed("cannot delete " + temporary, Outcome.NOT_APPLIED, e);
    }
  }

  // Reads

  @Override
  public byte[] load(SpoolId id) throws IOException {
    try {
      return read(id);
    } catch (NoSuchFileException e) {
      requirePresence();
      throw new MessageNotFoundException(id);
    } catch (MessageFile.Damage e) {
      damaged(file(id), e.error());
      throw new MessageCorruptException(id, file(id).toString(), e.error());
    }
  }

  private byte[] read(SpoolId id) throws IOException, MessageFile.Damage {
    DiskFile open;
    synchronized (visible) {
      long unused = MessageFile.length(disk, file(id));
      open = disk.openRead(file(id));
    }
    try (open) {
      return MessageFile.read(open, id);
    }
  }

  /** Where a disk was unmounted, every message would seem to be gone. */
  private void requirePresence() throws IOException {
    Optional<FormatMarker> found;
    try {
      found = FormatMarker.read(disk, root);
    } catch (UnsupportedFormatException e) {
      throw new IOException("the spool is not at " + root + " any more", e);
    }
    if (!found.map(FormatMarker::storeId).equals(Optional.of(directory.marker().storeId()))) {
      throw new IOException("the spool is not at " + root + " any more");
    }
  }

  private void damaged(Path place, String error) {
    context.health().entryDamaged(place + " is damaged: " + error);
  }

  @Override
  public void scan(ScanCall scan) throws IOException {
    Set<SpoolId> ids = new LinkedHashSet<>();
    Set<Path> strange = new LinkedHashSet<>();
    synchronized (names) { // so that none is shown under two names, or none
      requirePresence();
      disk.list(
          root,
          entry -> {
            String name = String.valueOf(entry.getFileName());
            SpoolId id = idOf(name);
            if (id != null) {
              ids.add(id);
            } else if (!ReservedNames.contains(name) && !isTemporary(entry)) {
              strange.add(entry);
            }
            return true;
          });
    }
    for (Path entry : strange) {
      String shown = entry.toString().replaceAll("\\p{C}", "?");
      scan.corrupt(null, shown, "it is not named as a message");
    }
    for (SpoolId id : ids) {
      if (!scan.skips(id)) {
        show(scan, id);
      }
    }
    requirePresence();
  }

  private static @Nullable SpoolId idOf(String name) {
    try {
      SpoolId id = SpoolId.parse(name);
      return id.toString().equals(name) ? id : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void show(ScanCall scan, SpoolId id) throws IOException {
    try {
      if (scan.payloads()) {
        scan.item(id, read(id));
      } else {
        scan.listed(id, MessageFile.length(disk, file(id)));
      }
    } catch (NoSuchFileException e) {
      // removed meanwhile
    } catch (MessageFile.Damage e) {
      damaged(file(id), e.error());
      scan.corrupt(id, file(id).toString(), e.error());
    }
  }

  // Maintenance

  @Override
  public CleanupReport cleanup() {
    return new CleanupReport(0, 0, Duration.ZERO);
  }

  @Override
  public CompactionReport compact() {
    return CompactionReport.NONE;
  }

  @Override
  public long adviseLowMemory() {
    return 0;
  }

  @Override
  public void quarantine(SpoolId id, Path to) throws IOException {
    String error = damageOf(id);
    try {
      disk.createDirectories(to);
      String reason = "message: " + id + "\nfrom: " + file(id) + "\nerror: " + error + "\n";
      try (DiskFile from = disk.openRead(file(id))) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(from.size()));
        from.readFully(bytes, 0);
        put(to.resolve(id + ".damaged"), bytes.flip());
      }
      put(to.resolve(id + ".reason"), ByteBuffer.wrap(reason.getBytes(StandardCharsets.UTF_8)));
      disk.forceDirectory(to);
    } catch (IOException e) { // which may be of the other directory: no matter of this spool
      throw IoFailures.typed("cannot copy " + id + " to " + to, Outcome.NOT_APPLIED, e);
    }
    remove(id);
  }

  private String damageOf(SpoolId id) throws IOException {
    try {
      byte[] unused = read(id);
    } catch (NoSuchFileException e) {
      requirePresence();
      throw new MessageNotFoundException(id);
    } catch (MessageFile.Damage e) {
      return e.error();
    }
    throw new SpoolException(
        "the message is whole", "message " + id + " is whole", Outcome.NOT_APPLIED, null);
  }

  private void put(Path path, ByteBuffer bytes) throws IOException {
    try (DiskFile file = disk.create(path)) {
      file.write(bytes, 0);
      file.force(true);
    }
  }

  @Override
  public void probe() throws IOException {
    synchronized (names) {
      requirePresence();
      Path temporary = newTemporary();
      try {
        create(temporary, SpoolId.random(), new byte[1]);
      } finally {
        disk.deleteIfExists(temporary);
      }
      settle();
      forceNames(Outcome.NOT_APPLIED);
    }
  }

  @Override
  public DiskSpace space() throws IOException {
    return disk.space(root);
  }

  @Override
  public List<Figure> figures() {
    return List.of();
  }

  @Override
  public void stop(Deadline deadline) {
    end();
  }

  private void end() {
    try {
      writer.end();
      writer.awaitEnd();
    } finally {
      directory.close();
    }
  }
}
