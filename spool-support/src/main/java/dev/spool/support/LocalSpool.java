package dev.spool.support;

import dev.spool.BackpressureTimeoutException;
import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageTooLargeException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolStats;
import dev.spool.SpoolStats.Figure;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a local spool but the storage: checks, admission, deadlines, shedding, threads,
 * futures, and an orderly end. The storage is an {@link Engine}, which is never called before the
 * spool is open, nor after the last call has left.
 *
 * <p>A call's way: checked on the caller's thread; admitted, at once or after waiting in {@link
 * Admission}; handed to the engine; completed by {@link Callbacks}. Its deadline is watched all the
 * way.
 */
public class LocalSpool implements Spool {
  /** Under which the health knows that writes are {@link #held}. */
  private static final String HELD = "held";

  /** What is first used when a call is admitted, or ends. */
  private static final List<Class<?>> AT_AN_END =
      List.of(
          Admission.Verdict.class,
          Completion.class,
          Deliveries.class,
          Delivery.class,
          Durability.class,
          HealthLatch.Counters.class);

  private static final Tasks.Task<CompactionReport> COMPACTION = new Compacting();
  private static final Tasks.Task<Long> ADVICE = new Advising();

  private final String backend;
  private final String name;
  private final long maxMessageSize;
  private final boolean readOnly;
  private final Duration shutdownTimeout;
  private final EngineContext context;
  private final Engine engine;
  private final HealthLatch health;
  private final Lifecycle lifecycle = new Lifecycle();
  private final Admission admission;
  private final DeadlineQueue writeDeadlines;

  /** Writes that had not ended within storeDeadline; used by the timer thread only. */
  private final List<Call<?>> held = new ArrayList<>();

  /** Whether the health may know of them; as {@link #held}. */
  private boolean heldTold;

  /** How often there is a cleanup, and when the next one is due; the timer thread's. */
  private long cleanupNanos;

  private long cleanupAt;

  private final DeadlineQueue loadDeadlines;
  private final Timers timers;
  private final Callbacks callbacks;
  private final Recovery recovery;
  private final @Nullable SpaceWatch space;

  /** Null for an engine without I/O, whose loads run on the caller's thread. */
  private final @Nullable Readers readers;

  private final Scans scans;
  private final Tasks tasks;
  private final OwnFigures ownFigures;
  private final Shutdown ending;

  /**
   * Calls that were admitted and not started yet, and how many hands are on them: one drains, so
   * that nobody recurses.
   */
  private final ConcurrentLinkedQueue<Call<?>> ready = new ConcurrentLinkedQueue<>();

  private final AtomicInteger starting = new AtomicInteger();

  /**
   * Opens a spool whose engine does I/O.
   *
   * @param backend the backend's URI scheme
   * @param settings what was set; read here, not kept
   * @param engine opens the engine; what it throws is what the opening fails with
   */
  protected LocalSpool(
      String backend, LocalSpoolBuilder<?> settings, Function<EngineContext, Engine> engine) {
    this(backend, settings, engine, true);
  }

  /**
   * Opens a spool.
   *
   * @param backend the backend's URI scheme
   * @param settings what was set; read here, not kept
   * @param engine opens the engine; what it throws is what the opening fails with
   * @param doesIo false if the engine needs no I/O: then calls are carried out on their caller's
   *     thread
   */
  protected LocalSpool(
      String backend,
      LocalSpoolBuilder<?> settings,
      Function<EngineContext, Engine> engine,
      boolean doesIo) {
    this.backend = backend;
    name = settings.name;
    maxMessageSize = settings.maxMessageSize;
    readOnly = settings.readOnly;
    shutdownTimeout = settings.shutdownTimeout;
    health = HealthLatch.open(name, settings.healthSettings());
    admission = new Admission(settings);
    writeDeadlines = new DeadlineQueue(saturatedNanos(settings.storeDeadline));
    loadDeadlines = new DeadlineQueue(saturatedNanos(settings.loadDeadline));
    SpoolThreads threads = new SpoolThreads(name);
    timers = Timers.of(threads);
    callbacks = new Callbacks(threads, timers.deadlines(), settings.callbackExecutor);
    readers = doesIo ? new Readers(threads, settings.maxConcurrentLoads, reading()) : null;
    recovery = new Recovery(name, timers.recovery(), health, this::onEngine, System::nanoTime);
    context = new EngineContext(name, threads, health, recovery::start);
    prepare();
    try {
      this.engine = engine.apply(context);
    } catch (Throwable t) {
      timers.stop();
      throw t;
    }
    SpoolJmx jmx = null;
    try {
      scans = new Scans(context, this.engine, lifecycle, callbacks);
      tasks = new Tasks(context, this.engine, lifecycle, callbacks, readOnly);
      space =
          readOnly
              ? null
              : SpaceWatch.over(
                  this.engine,
                  settings,
                  health,
                  check -> timers.maintenance().execute(new WithLease(check)));
      ownFigures = new OwnFigures(admission, scans, callbacks, space, health);
      startTimers(settings);
      jmx = settings.jmx ? SpoolJmx.register(this, this::ownStats) : null;
      ending = ending(jmx);
      this.engine.opened();
    } catch (Throwable t) {
      if (jmx != null) {
        jmx.close();
      }
      timers.stop();
      stopAfterFailure(t);
      throw t;
    }
    recovery.opened();
  }

  /**
   * Has at hand what ends a call, and tells of it: what is loaded or initialized for the first time
   * while the heap is full may fail, and a class is not initialized twice.
   */
  private static void prepare() {
    Scarcity.prepare();
    IoFailures.prepare();
    try {
      for (Class<?> each : AT_AN_END) {
        var unused = MethodHandles.lookup().ensureInitialized(each);
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The spool cannot be opened although its engine was: that must not keep the directory locked.
   */
  private void stopAfterFailure(Throwable failure) {
    boolean unused = lifecycle.beginClosing();
    lifecycle.awaitIdle();
    try {
      engine.stop(Deadline.after(shutdownTimeout));
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  private Shutdown ending(@Nullable SpoolJmx jmx) {
    return new Shutdown(
        context, engine, lifecycle, admission, scans, timers, callbacks, shutdownTimeout, jmx);
  }

  /** No method reference: one that cannot be linked here leaves the process without a spool. */
  private static final class Compacting implements Tasks.Task<CompactionReport> {
    @Override
    public CompactionReport on(Engine engine) throws IOException {
      return engine.compact();
    }
  }

  /** As {@link Compacting}. */
  private static final class Advising implements Tasks.Task<Long> {
    @Override
    public Long on(Engine engine) throws IOException {
      return engine.adviseLowMemory();
    }
  }

  /**
   * The disk is asked by the engine, which must not be stopped meanwhile. No lambda, as what else
   * is a class here: one that is linked while the heap is full may fail until the process ends.
   */
  private final class WithLease implements Runnable {
    private final Runnable work;

    WithLease(Runnable work) {
      this.work = work;
    }

    @Override
    public void run() {
      if (lifecycle.enter()) {
        try {
          work.run();
        } finally {
          lifecycle.exit();
        }
      }
    }
  }

  private void startTimers(LocalSpoolBuilder<?> settings) {
    cleanupNanos = readOnly ? 0 : saturatedNanos(settings.cleanupInterval);
    cleanupAt = System.nanoTime() + cleanupNanos;
    timers
        .ticks()
        .start(
            Timers.goingOn(
                name,
                this::endOverdueWrites,
                this::lookAtHeld,
                this::endOverdueLoads,
                health::tick,
                this::failWaitingStores,
                () -> startAll(admission.admitAgain()),
                recovery::tick,
                callbacks::tick,
                this::lookAtReaders,
                this::lookAtSpace,
                timers::revive,
                this::cleanUpIfDue));
  }

  private static long saturatedNanos(Duration duration) {
    return Deadline.after(duration).remaining().toNanos();
  }

  // The calls

  @Override
  public final CompletableFuture<byte[]> load(SpoolId id) {
    Objects.requireNonNull(id, "id");
    if (!lifecycle.enter()) {
      return CompletableFuture.failedFuture(new SpoolClosedException(name));
    }
    byte[] inMemory;
    try {
      inMemory = loadFromMemory(id);
    } catch (Error e) { // a stack that is full: by a long chain of loads, each from memory
      lifecycle.exit();
      throw e;
    }
    if (inMemory != null) {
      lifecycle.exit();
      return CompletableFuture.completedFuture(inMemory);
    }
    LoadCall call;
    try {
      call = new LoadCall(this, id);
    } catch (Throwable e) { // the caller is told so, and nothing is left of the call
      lifecycle.exit();
      throw e;
    }
    loadDeadlines.add(call);
    submit(call);
    return call.future;
  }

  private byte @Nullable [] loadFromMemory(SpoolId id) {
    try {
      return engine.loadFromMemory(id);
    } catch (RuntimeException | OutOfMemoryError | InternalError e) {
      return null; // the load meets the same, and tells
    }
  }

  @Override
  public final CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(data, "data");
    return write(id, data, durability, deadline);
  }

  @Override
  public final CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return write(id, null, durability, deadline);
  }

  private CompletableFuture<Void> write(
      SpoolId id, byte @Nullable [] data, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(durability, "durability");
    if (!lifecycle.enter()) {
      return CompletableFuture.failedFuture(new SpoolClosedException(name));
    }
    WriteCall call = null;
    try {
      SpoolException refusal = refusal(id, data, deadline);
      if (refusal != null) {
        CompletableFuture<Void> refused = CompletableFuture.failedFuture(refusal);
        lifecycle.exit();
        return refused;
      }
      call = new WriteCall(this, id, data, durability, deadline);
      writeDeadlines.add(call);
      if (deadline != null) {
        long left = deadline.remaining().toNanos();
        call.alarm = timers.deadlines().schedule(new Alarm(call), left, TimeUnit.NANOSECONDS);
      }
    } catch (Throwable e) { // as for a load
      if (call != null) {
        writeDeadlines.remove(call);
      }
      lifecycle.exit();
      throw e;
    }
    submit(call);
    return call.future;
  }

  private record Alarm(WriteCall call) implements Runnable {
    @Override
    public void run() {
      call.deadlinePassed();
    }
  }

  private @Nullable SpoolException refusal(
      SpoolId id, byte @Nullable [] data, @Nullable Deadline deadline) {
    if (readOnly) {
      return new SpoolReadOnlyException(name);
    }
    if (data != null && data.length > maxMessageSize) {
      return new MessageTooLargeException(data.length, maxMessageSize);
    }
    if (deadline != null && deadline.isExpired()) {
      return new DeadlineExceededException(
          "the write of " + id + " was asked for after the caller's deadline", Outcome.NOT_APPLIED);
    }
    return data == null ? null : health.refusal();
  }

  @Override
  public final CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return scans.start(new ScanCall(requireChannel(channel), requireTime(startTime), true));
  }

  @Override
  public final CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    return scans.start(new ScanCall(requireChannel(channel), requireTime(startTime), false));
  }

  private static EntryChannel requireChannel(EntryChannel channel) {
    return Objects.requireNonNull(channel, "channel");
  }

  private static Instant requireTime(Instant startTime) {
    return Objects.requireNonNull(startTime, "startTime");
  }

  @Override
  public final CompletableFuture<CleanupReport> cleanup() {
    return tasks.cleanUp();
  }

  @Override
  public final CompletableFuture<CompactionReport> compact() {
    return tasks.change("compacting", COMPACTION);
  }

  @Override
  public final CompletableFuture<Long> adviseLowMemory() {
    return tasks.run("flushing for low memory", ADVICE);
  }

  @Override
  public final CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(directory, "directory");
    return tasks.change("moving " + id + " to quarantine", new Move(id, directory));
  }

  private record Move(SpoolId id, Path directory) implements Tasks.Task<Void> {
    @Override
    public @Nullable Void on(Engine engine) throws IOException {
      engine.quarantine(id, directory);
      return null;
    }
  }

  /**
   * A question of the backend's own to its engine.
   *
   * @param <T> the answer
   */
  protected interface Question<T> {
    /** Asks it; may do I/O. */
    T of(Engine engine) throws IOException;
  }

  /**
   * Asks the engine something that is peculiar to the backend, on a maintenance thread. For a spool
   * that is only read, too.
   *
   * @param tried says what: {@code looking into the database}
   * @return fails with {@link SpoolClosedException} after shutdown has begun
   */
  protected final <T> CompletableFuture<T> ask(String tried, Question<T> question) {
    return tasks.run(tried, new Asking<>(question));
  }

  private record Asking<T>(Question<T> question) implements Tasks.Task<T> {
    @Override
    public @Nullable T on(Engine engine) throws IOException {
      return question.of(engine);
    }
  }

  // Health and figures

  @Override
  public final @Nullable String unhealthyReason() {
    return health.unhealthyReason();
  }

  @Override
  public final SpoolHealth health() {
    return health.health();
  }

  @Override
  public final SpoolStats stats() {
    List<Figure> figures = ownFigures.list();
    figures.addAll(engineFigures());
    return new SpoolStats(name, backend, figures);
  }

  /** The figures without the engine's: these are there whatever the storage does. */
  private SpoolStats ownStats() {
    return new SpoolStats(name, backend, ownFigures.list());
  }

  private List<Figure> engineFigures() {
    if (lifecycle.enter()) {
      try {
        return engine.figures();
      } finally {
        lifecycle.exit();
      }
    }
    return ending.lastFigures();
  }

  // A call's way

  private void submit(Call<?> call) {
    Admission.Verdict verdict;
    try {
      verdict = admission.admit(call);
    } catch (Throwable e) {
      unwatch(call);
      lifecycle.exit();
      throw e;
    }
    // No switch: its table would be made with the first call, and never again without memory.
    if (verdict == Admission.Verdict.ADMITTED) {
      start(call);
    } else if (verdict == Admission.Verdict.REFUSED) {
      refuse(call);
    } else if (call.isWithdrawn()) {
      withdrawn(call); // it was before it began to wait
    } else if (lifecycle.isClosing()) {
      ending.fail(call); // the shutdown may have looked for waiting calls already
    }
    call.caller = null;
  }

  private void refuse(Call<?> call) {
    try {
      health.suspect("more than maxWaiting calls wait", null);
      boolean unused =
          call.failWithdrawn(
              new BackpressureTimeoutException(
                  "too many calls wait for the spool " + name + " already (maxWaiting)",
                  Outcome.NOT_APPLIED));
    } finally {
      unwatch(call);
      lifecycle.exit();
    }
  }

  /** Never throws: nobody would start what comes after it. */
  private void start(Call<?> call) {
    try {
      handOver(call);
    } catch (Throwable t) { // no thread to be had, or an engine that breaks its word
      SpoolException failure = failure(call, t);
      if (call.takeUp() || readers == null) { // if it was taken up, then by this very thread
        call.finishFailed(failure);
      }
    }
  }

  /** What a call fails with. Never throws: nobody else would end the call. */
  private SpoolException failure(Call<?> call, Throwable why) {
    while (true) {
      try {
        return context.typed(call.kind().noun() + " of " + call.describe(), why);
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private void handOver(Call<?> call) {
    if (call instanceof WriteCall write) {
      SpoolException refusal = call.kind() == CallKind.STORE ? health.refusal() : null;
      if (refusal == null) {
        engine.write(write);
      } else if (write.join()) {
        write.fail(refusal);
      }
    } else if (call instanceof LoadCall load) {
      if (readers == null) {
        read(List.of(load));
      } else {
        readers.add(load);
      }
    }
  }

  private Readers.Work reading() {
    return new Readers.Work() {
      @Override
      public void read(List<LoadCall> calls) {
        LocalSpool.this.read(calls);
      }

      @Override
      public void failed(LoadCall call, Throwable why) {
        if (call.takeUp()) {
          call.finishFailed(failure(call, why));
        }
      }
    };
  }

  /** Reads messages, and ends each of the calls. Never throws. */
  private void read(List<LoadCall> calls) {
    Deliveries deliveries = deliveries(calls.size());
    List<LoadCall> taken = deliveries.calls;
    for (int i = 0; i < calls.size(); i++) { // without an iterator, which would take memory
      if (calls.get(i).takeUp()) {
        taken.add(calls.get(i));
      }
    }
    if (taken.isEmpty()) {
      return;
    }
    try {
      if (taken.size() == 1) {
        deliveries.loaded(0, engine.load(taken.get(0).id));
      } else {
        engine.loadAll(deliveries.ids(), deliveries);
      }
      deliveries.send();
    } catch (Throwable t) {
      failRest(deliveries, t);
    }
  }

  /** Before any call is taken up: nobody else would end it. */
  private Deliveries deliveries(int most) {
    while (true) {
      try {
        return new Deliveries(most);
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private static void failRest(Deliveries deliveries, Throwable why) {
    boolean told = false;
    while (!told) {
      try {
        deliveries.send(); // first: they may hold the memory that is wanted
        deliveries.failRest(why);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /**
   * Hands messages over. Each counts as under way until its future is completed: so whoever asks
   * for messages faster than their continuations take them waits, instead of filling the memory.
   * Belongs to one reader.
   */
  private final class Deliveries implements LoadResults {
    /** What is held back at most, to be handed over together. */
    private static final long MAX_BYTES = 1 << 20;

    /** Those that were taken up. */
    final List<LoadCall> calls;

    /** What was loaded. None has ended: while the next one is read, its deadline goes on. */
    private final List<Delivery> ready;

    /** Those that have ended since, and are to be handed over. */
    private final List<Runnable> ended;

    /** How many have been ended. */
    private int seen;

    private long bytes;

    Deliveries(int most) {
      this.calls = new ArrayList<>(most);
      this.ready = new ArrayList<>(most);
      this.ended = new ArrayList<>(most);
    }

    @Override
    public void loaded(int index, byte[] data) {
      ready.add(new Delivery(calls.get(index), data));
      bytes += data.length;
      if (bytes > MAX_BYTES) {
        send();
      }
    }

    @Override
    public void failed(int index, SpoolException failure) {
      calls.get(index).finishFailed(failure);
    }

    /** Returns what is to be loaded. */
    List<SpoolId> ids() {
      List<SpoolId> ids = new ArrayList<>(calls.size());
      for (LoadCall call : calls) {
        ids.add(call.id);
      }
      return ids;
    }

    /** All that have no result yet fail. */
    void failRest(Throwable why) {
      for (int i = 0; i < calls.size(); i++) { // without an iterator, which would take memory
        LoadCall call = calls.get(i);
        if (call.isTakenUp()) {
          call.finishFailed(failure(call, why));
        }
      }
    }

    /** Ends what is ready, and hands it over. May be tried again. */
    void send() {
      while (seen < ready.size()) {
        end(ready.get(seen++));
      }
      callbacks.executeAll(ended);
      ended.clear();
      ready.clear();
      seen = 0;
      bytes = 0;
    }

    @SuppressWarnings("ReferenceEquality") // is it this very thread?
    private void end(Delivery delivery) {
      LoadCall load = delivery.load;
      CompletableFuture<byte[]> future = load.future;
      if (!load.end()) {
        return;
      }
      lifecycle.exit();
      if (future.isDone() || load.caller == Thread.currentThread()) {
        delivery.run();
      } else {
        ended.add(delivery);
      }
    }
  }

  /** As {@link Completion}; gives back what the load occupied. */
  private final class Delivery implements Runnable {
    private final LoadCall load;
    private final byte[] data;

    Delivery(LoadCall load, byte[] data) {
      this.load = load;
      this.data = data;
    }

    @Override
    public void run() {
      if (load.giveBack()) { // a user's executor may run it, and throw: then it is run again
        startAll(admission.release(load));
      }
      Scarcity.complete(load.future, data);
    }
  }

  /**
   * The engine has carried out writes that it had taken up: {@link Call#finish} for all of them.
   */
  final void finishAll(List<WriteCall> calls) {
    List<WriteCall> ended = new ArrayList<>(calls.size());
    for (WriteCall call : calls) {
      if (call.endUnwatched()) {
        ended.add(call);
      }
    }
    writeDeadlines.removeAll(ended);
    boolean stored = false;
    for (int i = 0; i < ended.size(); i++) {
      stored |= ended.get(i).kind() == CallKind.STORE;
      silence(ended.get(i));
    }
    List<Call<?>> admitted = admission.release(ended);
    lifecycle.exit(ended.size());
    startAll(admitted);
    boolean told = false;
    while (!told) {
      try {
        if (stored) {
          health.suspectCleared();
        } else {
          health.removalSucceeded();
        }
        callbacks.executeAll(completions(ended));
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /** A call that the engine had taken up has ended. */
  final <T> void ended(Call<T> call, @Nullable T value, @Nullable SpoolException failure) {
    release(call);
    tell(call, value, failure);
  }

  /** As {@link #complete}; waits for memory if there is none. */
  final <T> void tell(Call<T> call, @Nullable T value, @Nullable SpoolException failure) {
    boolean told = false;
    while (!told) {
      try {
        complete(call, value, failure);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // is it this very thread?
  private static List<Runnable> completions(List<WriteCall> ended) {
    List<Runnable> completions = new ArrayList<>(ended.size());
    for (WriteCall call : ended) {
      CompletableFuture<Void> future = call.future; // and not the call, with its message
      if (future.isDone()) {
        continue;
      }
      if (call.caller == Thread.currentThread()) {
        future.complete(null);
      } else {
        completions.add(new Completion<>(future, null, null));
      }
    }
    return completions;
  }

  /** Gives back what an admitted call occupied, and starts those that had waited for it. */
  final void release(Call<?> call) {
    List<Call<?>> admitted = admission.release(call);
    lifecycle.exit();
    startAll(admitted);
  }

  /**
   * Forgets a call that was withdrawn. If it was admitted, the engine still has it, and finds that
   * out.
   */
  final void withdrawn(Call<?> call) {
    unwatch(call);
    List<Call<?>> admitted = admission.removeWaiting(call);
    if (admitted != null) {
      lifecycle.exit();
      startAll(admitted);
    }
  }

  /** Nobody waits for the call any more, or its result is there. */
  final void unwatch(Call<?> call) {
    (call.kind() == CallKind.LOAD ? loadDeadlines : writeDeadlines).remove(call);
    silence(call);
  }

  private static void silence(Call<?> call) {
    var alarm = call.alarm;
    if (alarm != null) {
      try {
        alarm.cancel(false);
      } catch (OutOfMemoryError | InternalError e) {
        // Its lock may take some on JDK 17. It finds that the call has ended.
      }
    }
  }

  /**
   * Completes a call's future: at once if its caller is still here, else where continuations run.
   */
  @SuppressWarnings("ReferenceEquality") // is it this very thread?
  final <T> void complete(Call<T> call, @Nullable T value, @Nullable SpoolException failure) {
    tellHealth(call.kind(), failure);
    if (call.future.isDone()) {
      return;
    }
    // The future, and not the call with its message.
    Completion<T> completion = new Completion<>(call.future, value, failure);
    if (call.caller == Thread.currentThread()) {
      completion.run();
    } else {
      callbacks.execute(completion);
    }
  }

  /** That removals succeed says nothing of stores: those need room, and files of their own. */
  private void tellHealth(CallKind kind, @Nullable SpoolException failure) {
    if (kind == CallKind.REMOVE && failure == null) {
      health.removalSucceeded();
    } else if (kind == CallKind.STORE) {
      if (failure == null) {
        health.suspectCleared();
      } else if (IoFailures.ofWrite(failure) == FailureClass.SUSPECT) {
        health.storeFailed();
      }
    }
  }

  /**
   * Starts calls one after the other, without recursion: to start one may release it, and admit the
   * next.
   */
  private void startAll(List<Call<?>> admitted) {
    if (admitted.isEmpty()) {
      return;
    }
    boolean added = false;
    while (!added) {
      try {
        added = ready.addAll(admitted); // all of them, or none
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
    if (starting.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      for (Call<?> call = ready.poll(); call != null; call = ready.poll()) {
        start(call);
      }
      seen = starting.addAndGet(-seen);
    } while (seen != 0);
  }

  // Time

  private void endOverdueWrites() {
    endOverdue(writeDeadlines, "storeDeadline");
  }

  private void endOverdueLoads() {
    endOverdue(loadDeadlines, "loadDeadline");
  }

  private void endOverdue(DeadlineQueue deadlines, String setting) {
    List<Call<?>> overdue = deadlines.expired(System.nanoTime());
    for (int i = 0; i < overdue.size(); i++) {
      Call<?> call = overdue.get(i);
      boolean isWrite = call.kind() != CallKind.LOAD;
      try {
        if (isWrite || call.isTakenUp()) { // a load that waits may do so for slow continuations
          health.suspect(call.kind().noun() + " of a message took longer than " + setting, null);
        }
        call.ownDeadlinePassed(setting);
        if (isWrite && call.isTakenUp()) {
          held.add(call);
        }
      } catch (Throwable t) { // no memory, or a logger that fails
        deadlines.addFirst(call); // once more, the next time
      }
    }
  }

  /**
   * What the engine does not give back is suspect for as long as that lasts: there may be no other
   * calls that fail, or only such as are given up by their callers before. That others succeed
   * meanwhile does not make it well.
   */
  private void lookAtHeld() {
    for (int i = held.size() - 1; i >= 0; i--) {
      if (!held.get(i).isTakenUp()) {
        held.remove(i);
      }
    }
    if (held.isEmpty()) {
      if (heldTold) {
        health.degradedCleared(HELD);
        heldTold = false; // last: there may be no memory to tell it
      }
      return;
    }
    health.suspect(held.get(0).kind().noun() + " of a message does not end", null);
    for (int i = 0; i < held.size(); i++) {
      if (held.get(i).kind() == CallKind.STORE) {
        health.storeFailed();
      }
    }
    heldTold = true;
    health.degraded(HELD, "a write that has begun does not end");
  }

  private void failWaitingStores() {
    if (health.unhealthyReason() == null) {
      return;
    }
    Call<?> call = admission.longestWaiting(CallKind.STORE);
    while (call != null) { // one by one: there may be no memory for all
      SpoolException refusal = health.refusal();
      if (refusal == null) {
        return;
      }
      if (!call.failWithdrawn(refusal) && call.isWithdrawn()) {
        withdrawn(call); // by somebody else, who may not have come to that yet
      }
      call = admission.longestWaiting(CallKind.STORE);
    }
  }

  private void lookAtReaders() {
    if (readers != null) {
      readers.tick();
    }
  }

  private void lookAtSpace() {
    if (space != null && !lifecycle.isClosing()) {
      space.tick();
    }
  }

  private void cleanUpIfDue() {
    long now = System.nanoTime();
    if (cleanupNanos > 0 && now - cleanupAt >= 0) {
      cleanupAt = now + cleanupNanos;
      tasks.cleanUpByItself();
    }
  }

  private void onEngine(Recovery.Step step) throws Exception {
    if (lifecycle.enter()) {
      try {
        step.run(engine);
      } finally {
        lifecycle.exit();
      }
    }
  }

  // The end

  @Override
  public final CompletableFuture<Void> shutdown() {
    return ending.begin();
  }

  @Override
  public final void close() {
    var unused = shutdown();
    ending.await();
  }

  /** Names the spool. */
  @Override
  public String toString() {
    return backend + ":" + name;
  }
}
