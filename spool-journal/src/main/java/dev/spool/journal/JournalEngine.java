package dev.spool.journal;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolStats.Figure;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.IoFailures;
import dev.spool.support.ScanCall;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the parts together: the {@link Committer} writes the {@link Journal}, {@link Housekeeping}
 * and {@link Janitor} look after its segments, {@link Replay} opens it, also again after a failure.
 */
final class JournalEngine implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(JournalEngine.class);

  /** Where the segments are, in the spool's directory. */
  static final String DIRECTORY = "journal";

  private static final int BUFFER = 1 << 20;

  private final SpoolDirectory directory;
  private final Disk disk;
  private final EngineContext context;
  private final int segmentSize;
  private final Preallocation preallocation;
  private final boolean readOnly;
  private final Path segments;
  private final Rules rules = new Rules();
  private final Set<Integer> distrusted = ConcurrentHashMap.newKeySet();
  private final Janitor janitor;
  private final Janitor maker;
  private final Janitor background;
  private final Housekeeping housekeeping;
  private final AtomicLong reopened = new AtomicLong();

  // What a recovery does, the probe after it, and what is done for want of memory. Made at the
  // opening: what is linked while the heap is full may fail until the process ends.
  private final Committer.Task<Boolean> brokenTask = () -> journal().isBroken();
  private final Committer.Task<Boolean> reopenTask = this::reopen;
  private final Committer.Task<Boolean> forceTask = this::force;
  private final Committer.Task<Long> adviceTask = this::giveBackMemory;

  /** What the opening has found damaged, and has no name: replaced when the journal is opened. */
  private volatile List<Damage> damages = List.of();

  /** Null unless this writes; set once, while opening. */
  private volatile @Nullable Committer committer;

  /** Null unless this only reads; set once, while opening. */
  private volatile @Nullable Follower follower;

  JournalEngine(
      SpoolDirectory directory,
      EngineContext context,
      int segmentSize,
      Preallocation preallocation,
      boolean readOnly) {
    this.directory = directory;
    this.disk = directory.disk();
    this.context = context;
    this.segmentSize = segmentSize;
    this.preallocation = preallocation;
    this.readOnly = readOnly;
    this.segments = directory.path().resolve(DIRECTORY);
    this.janitor = new Janitor(context, "janitor");
    this.maker = new Janitor(context, "maker");
    this.background = new Janitor(context, "background");
    this.housekeeping =
        new Housekeeping(context, rules, preallocation.bytes(), janitor, maker, background);
  }

  /** Makes everything ready; to be called once, before everything else. */
  void open() throws IOException {
    if (readOnly) {
      follow(new Follower(newSegments(), rules));
      return;
    }
    MessageReader.prepare();
    disk.createDirectories(segments);
    Journal journal = openJournal();
    boolean started = false;
    try {
      preallocation.run(journal, context.name());
      start(journal);
      started = true;
    } finally {
      if (!started) {
        letGo(journal);
      }
    }
  }

  private void follow(Follower reader) throws IOException {
    boolean caughtUp = false;
    try {
      catchUp(reader);
      follower = reader;
      caughtUp = true;
    } finally {
      if (!caughtUp) {
        reader.close();
      }
    }
  }

  private void start(Journal journal) {
    Committer thread = new Committer(context, journal, housekeeping);
    committer = thread;
    housekeeping.start(thread);
    janitor.start();
    maker.start();
    background.start();
    thread.start(); // last: it gives the others work
  }

  /** There was no room for its segments, or no thread to be had. */
  private void letGo(Journal journal) throws IOException {
    janitor.stop(); // those that were started
    maker.stop();
    background.stop();
    journal.close();
  }

  private Segments newSegments() {
    return new Segments(
        disk, segments, directory.marker().storeId(), segmentSize, rules, new SecureRandom());
  }

  private Journal openJournal() throws IOException {
    long begun = System.nanoTime();
    Replay.Opened opened = Replay.open(newSegments(), rules, distrusted, BUFFER);
    found(opened.damages());
    switch (opened.roster()) {
      case ABSENT ->
          LOG.warn(
              "spool {}: there was no ROSTER: if a segment was missing, nothing tells of it",
              context.name());
      case WITHOUT_ROOM ->
          LOG.warn(
              "spool {}: there is no room for ROSTER: if a segment is lost, nothing tells of it",
              context.name());
      case KEPT -> {}
    }
    LOG.info(
        "spool {}: {} messages in {} segments, {} of them carried on, in {} ms",
        context.name(),
        opened.journal().index().size(),
        opened.journal().pool().count(),
        opened.unsealed(),
        (System.nanoTime() - begun) / 1_000_000);
    return opened.journal();
  }

  private synchronized void alsoFound(List<Damage> more) {
    List<Damage> all = new ArrayList<>(damages);
    for (Damage each : more) {
      if (!isAmong(each, all)) {
        all.add(each);
      }
    }
    found(all);
  }

  private synchronized void found(List<Damage> all) {
    for (Damage damage : all) {
      if (!isAmong(damage, damages)) {
        context.health().entryDamaged(damage.location() + " is damaged: " + damage.error());
      }
    }
    damages = all; // last: without memory for telling of it, it would never be told
  }

  private static boolean isAmong(Damage damage, List<Damage> all) {
    for (Damage each : all) {
      if (damage.isSame(each)) {
        return true;
      }
    }
    return false;
  }

  private void catchUp(Follower reader) throws IOException {
    reader.catchUp();
    found(reader.damages());
  }

  private Committer writer() {
    Committer thread = committer;
    if (thread == null) {
      throw new SpoolReadOnlyException(context.name());
    }
    return thread;
  }

  private Journal journal() {
    Committer thread = committer;
    if (thread != null) {
      return thread.journal();
    }
    Follower reader = follower;
    if (reader == null) {
      throw new IllegalStateException("not open");
    }
    return reader.journal();
  }

  @Override
  public void write(WriteCall call) {
    writer().add(call);
  }

  @Override
  public byte[] load(SpoolId id) throws IOException {
    byte[] message;
    try {
      message = find(id);
    } catch (Damage e) {
      context.health().entryDamaged(e.location() + " is damaged: " + e.error());
      throw new MessageCorruptException(id, e.location(), e.error());
    } catch (IOException e) {
      throw context.readFailed("cannot read message " + id, e);
    }
    if (message == null) {
      throw new MessageNotFoundException(id);
    }
    return message;
  }

  @Override
  public byte @Nullable [] loadFromMemory(SpoolId id) {
    return journal().loadFromMemory(id);
  }

  /** Loads; what is looked for may have been moved, by another process or by a reopening. */
  byte @Nullable [] find(SpoolId id) throws IOException, Damage {
    Journal seen = journal();
    try {
      return seen.load(id);
    } catch (IOException | Damage e) {
      Follower reader = follower;
      if (reader != null) {
        byte[] message = reader.load(id);
        found(reader.damages());
        return message;
      }
      if (isSame(journal(), seen)) {
        throw e;
      }
      return journal().load(id);
    }
  }

  @SuppressWarnings("ReferenceEquality") // a journal is equal to itself only
  private static boolean isSame(Journal a, Journal b) {
    return a == b;
  }

  @Override
  public void scan(ScanCall scan) {
    new JournalScan(this, journal().index(), damages, context, scan).run();
  }

  /**
   * Housekeeping goes on all the time. What is left is to see whether somebody has deleted a
   * segment: it is open here, so that what is in it is copied into others, which takes a while.
   */
  @Override
  public CleanupReport cleanup() throws IOException {
    long begun = System.nanoTime();
    RollCall call = RollCall.of(disk, segments, directory.marker().storeId());
    alsoFound(call.damages());
    if (!readOnly && !call.missing().isEmpty()) {
      boolean unused =
          onCommitter("cannot go on without the segments that are missing", new Missed(call));
    }
    return new CleanupReport(0, 0, Duration.ofNanos(System.nanoTime() - begun));
  }

  /** No lambda, as what is above: cleanups come by themselves, whatever the heap is like. */
  private final class Missed implements Committer.Task<Boolean> {
    private final RollCall call;

    Missed(RollCall call) {
      this.call = call;
    }

    @Override
    public Boolean run() throws IOException {
      housekeeping.compaction().want(journal().miss(call.missing()));
      return true;
    }
  }

  @Override
  public CompactionReport compact() throws IOException {
    return new WholeCompaction(writer(), housekeeping.compaction()).run();
  }

  @Override
  public long adviseLowMemory() throws IOException {
    if (readOnly) {
      return 0;
    }
    return onCommitter("cannot sync the journal", adviceTask);
  }

  private long giveBackMemory() throws IOException {
    Journal journal = journal();
    journal.force();
    return journal.forgetRecent() + journal.shrinkIndex();
  }

  /** Runs something on the committer's thread, and waits for it. */
  private <T> T onCommitter(String tried, Committer.Task<T> task) throws IOException {
    try {
      return writer().run(tried, task).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof SpoolException cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public void quarantine(SpoolId id, Path target) throws IOException {
    new Quarantine(disk, this).move(id, target);
  }

  /** Removes a message that is where it was when it was found damaged, for good. */
  void removeDamaged(SpoolId id, Index.Entry seen) throws IOException {
    boolean unused =
        onCommitter("cannot remove the damaged message " + id, new DamagedRemoval(id, seen));
  }

  /** No lambda, as above. */
  private final class DamagedRemoval implements Committer.Task<Boolean> {
    private final SpoolId id;
    private final Index.Entry seen;

    DamagedRemoval(SpoolId id, Index.Entry seen) {
      this.id = id;
      this.seen = seen;
    }

    @Override
    public Boolean run() throws IOException {
      Journal journal = journal();
      if (!seen.equals(journal.current(id))) {
        return false;
      }
      boolean removed = journal.remove(id);
      journal.force();
      return removed;
    }
  }

  Journal current() {
    return journal();
  }

  /** Opens the journal again, if it has broken; those who read meanwhile read the old one. */
  @Override
  public void recover() throws IOException {
    if (!onCommitter("cannot open the journal again", brokenTask)) {
      return; // and its segments are changed meanwhile
    }
    housekeeping.hurry(); // there will be no more jobs than there are
    for (Janitor each : List.of(janitor, maker, background)) {
      each.awaitQuiet();
    }
    boolean unused = onCommitter("cannot open the journal again", reopenTask);
  }

  private boolean reopen() throws IOException {
    Journal old = journal();
    if (!old.isBroken()) {
      return false;
    }
    Journal next = openJournal();
    boolean replaced = false;
    try {
      housekeeping.forget(old, next);
      writer().replace(next);
      replaced = true;
    } finally {
      if (!replaced) { // for want of memory
        next.close();
      }
    }
    old.close();
    reopened.incrementAndGet();
    return true;
  }

  private boolean force() throws IOException {
    journal().force();
    return true;
  }

  @Override
  public void probe() throws IOException {
    Follower reader = follower;
    if (reader != null) {
      catchUp(reader);
      return;
    }
    if (context.health().settings().reopenAfterSyncFailure()) { // else it is not known why it broke
      recover(); // where it is for want of room that it broke, nobody else does
    }
    Path file = segments.resolve("ffffffff.new");
    try (DiskFile probe = disk.create(file)) {
      probe.write(ByteBuffer.wrap(new byte[Format.BLOCK]), 0);
      probe.force(false);
    } finally {
      boolean unused = disk.deleteIfExists(file);
    }
    disk.forceDirectory(segments);
    boolean unused = onCommitter("cannot sync the journal", forceTask);
  }

  @Override
  public DiskSpace space() throws IOException {
    return disk.space(directory.path());
  }

  @Override
  public List<Figure> figures() {
    Committer thread = committer;
    long messages = journal().index().size();
    return thread == null
        ? List.of(Figures.messages(messages))
        : Figures.of(messages, thread, housekeeping, reopened.get());
  }

  @Override
  public void closing() {
    housekeeping.compaction().closing();
  }

  /** All calls have left: the threads finish what they have, and the journal is sealed. */
  @Override
  public void stop(Deadline deadline) throws IOException {
    Committer thread = committer;
    try {
      if (thread != null) {
        thread.stop();
        janitor.stop();
        background.stop();
        maker.drop();
        housekeeping.hurry();
        maker.stop();
        thread.runRest();
        try (Journal journal = thread.journal()) {
          journal.end(); // throws if it is broken: what was buffered may be lost
        }
      }
      Follower reader = follower;
      if (reader != null) {
        reader.close();
      }
    } catch (IOException e) {
      throw IoFailures.typed("cannot close the journal", Outcome.UNKNOWN, e);
    } finally {
      directory.close();
    }
  }
}
