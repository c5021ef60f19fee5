package dev.spool.testkit;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import dev.spool.torture.Content;
import dev.spool.torture.Fault;
import dev.spool.torture.Oracle;
import dev.spool.torture.Payloads;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Tries one kind of fault at each operation of the disk in turn. A try is the life of one small
 * spool: it is filled; it is opened again and used while the fault strikes; it ends by a kill or by
 * a power cut; and it is opened on a sound disk, and compared with what was acknowledged.
 *
 * <p>For one thread.
 */
final class FaultSweep {
  private static final int LONGEST = 6000;

  /** When so many faults one after the other were not met, lives are shorter than that. */
  private static final int MISSED = 5;

  /** Of about so many operations are the writes of a process that is killed. */
  private static final int MOST_BEFORE_A_KILL = 40;

  /** What fails, and how. */
  enum Kind {
    /** One operation fails, and writes nothing. */
    ONCE,
    /** An operation fails, and all after it. */
    FROM_THEN_ON,
    /** A write is cut short, and the next one finds no room. */
    SHORT_WRITE,
    /** A write takes a part of the bytes, and says so; the next one takes the rest. */
    WRITE_IN_PART,
    /**
     * A force of a file fails, and what it was to force is dropped: it is still read, later forces
     * succeed, and it never reaches the device, as on ext4.
     */
    DROPPING_FORCE,
    /** Likewise of a directory: names, and what they lead to. */
    DROPPING_DIRECTORY_FORCE,
    /** An operation takes longer than every deadline, and succeeds then. */
    SLOW,
    /** The process is killed by SIGKILL. */
    KILL,
    /** The power fails. */
    POWER;

    /** Those that are tried while a spool is made. */
    static final List<Kind> WHILE_MADE =
        List.of(ONCE, FROM_THEN_ON, DROPPING_FORCE, DROPPING_DIRECTORY_FORCE, POWER);

    /** Tells whether the storage fails, and says so; as one whose power has failed does. */
    boolean isFailure() {
      return switch (this) {
        case ONCE, FROM_THEN_ON, SHORT_WRITE, DROPPING_FORCE, DROPPING_DIRECTORY_FORCE, POWER ->
            true;
        case WRITE_IN_PART, SLOW, KILL -> false;
      };
    }

    /** Returns the settings of a spool that gives up soon what waits for such a disk. */
    Map<String, String> impatience() {
      return switch (this) {
        case WRITE_IN_PART, KILL -> Map.of();
        case SLOW ->
            Map.of(
                "storeDeadline", "100ms",
                "loadDeadline", "100ms",
                "errorLatchDuration", "150ms", // more than two looks at it are apart
                "errorUnlatchDuration", "0");
        default ->
            Map.of("storeDeadline", "200ms", "loadDeadline", "50ms", "errorUnlatchDuration", "0");
      };
    }
  }

  /** What spools live on. */
  enum Beginning {
    /** What one was filled with before. */
    FILLED,
    /** Likewise; and the process that filled it was killed, with what it had not forced. */
    KILLED,
    /** Nothing: it is made while the fault strikes, beside a file of somebody else's. */
    NEW,
    /** Likewise, in a directory that is there, and empty. */
    EMPTY,
    /** A directory of somebody else's, which has to be refused, and left as it is. */
    SOMEBODYS;

    /** Those in which a spool is made. */
    static final List<Beginning> MADE = List.of(NEW, EMPTY);

    /** Those of a spool that is there. */
    static final Set<Beginning> THERE = Set.of(FILLED, KILLED);
  }

  /** What a spool does, one after the other. */
  enum Step {
    OPENING,
    WRITING,
    READING,
    CLEANUP,
    COMPACTION,
    CLOSING
  }

  /** The errors that a disk gives. */
  private static final List<Errno> ERRORS =
      List.of(Errno.EIO, Errno.ENOSPC, Errno.EDQUOT, Errno.EROFS, Errno.EMFILE, Errno.EACCES);

  /** States in which a spool tells of no failure. */
  private static final Set<SpoolHealth.State> WELL =
      Set.of(SpoolHealth.State.HEALTHY, SpoolHealth.State.CLOSED);

  /** After a force that failed, a spool is waited for so long; in the long form only. */
  private static final long RECOVERY_NANOS = 3_000_000_000L;

  /** Twice the deadlines of a spool on a slow disk: as long as what has no deadline is held. */
  private static final long SLOW_NANOS = 200_000_000L;

  /** Whatever has a deadline, or is to be said, is there within that; much more than it takes. */
  private static final long LIMIT_NANOS = 20_000_000_000L;

  private final FaultStage stage;
  private final Kind kind;
  private final Beginning beginning;

  /** How many faults struck at each step. */
  private final Map<Step, Integer> struck = new EnumMap<>(Step.class);

  /** At which step each operation of the last life was, as far as it is known. */
  private final List<Step> steps = new ArrayList<>();

  /** Whether a spool is waited for after a force that failed. */
  private boolean isPatient = Stress.isLong();

  private long runs;
  private long recovered;
  private long reclaimed;
  private long acknowledged;

  FaultSweep(FaultStage stage, Kind kind) {
    this(stage, kind, Beginning.FILLED);
  }

  FaultSweep(FaultStage stage, Kind kind, Beginning beginning) {
    this.stage = stage;
    this.kind = kind;
    this.beginning = beginning;
  }

  /** Returns how many faults were met. */
  long runs() {
    return runs;
  }

  /** Returns how many writes were acknowledged. */
  long acknowledged() {
    return acknowledged;
  }

  /** Returns in how many lives it has replaced and compacted after it had recovered. */
  long reclaimed() {
    return reclaimed;
  }

  @Override
  public String toString() {
    return runs
        + " faults met, "
        + acknowledged
        + " writes acknowledged, "
        + struck
        + (recovered > 0 ? ", " + recovered + " times healthy again in the same life" : "")
        + (reclaimed > 0 ? ", after which " + reclaimed + " replaced and compacted" : "");
  }

  /** Tries the fault at every {@code step}th operation, over so many seeds. */
  void run(int step, int seeds) {
    boolean anyError = kind == Kind.ONCE || kind == Kind.FROM_THEN_ON;
    for (int round = 0; round < seeds; round++) {
      long seed = Stress.seed() + round;
      int missed = 0;
      for (int k = 1; missed < MISSED; k += step) {
        boolean met = true;
        int first = Stress.isLong() && anyError ? 0 : k / step % ERRORS.size();
        int last = Stress.isLong() && anyError ? ERRORS.size() - 1 : first;
        for (int error = first; error <= last; error++) {
          met &= live(seed * 100_003 + k, k, ERRORS.get(error));
        }
        missed = met ? 0 : missed + 1;
      }
    }
  }

  /**
   * Tries the fault at so many operations, evenly among those that there are; at each if there are
   * fewer. How many there are, to the end of its closing, is found by a life without a fault;
   * another may have somewhat fewer, and does not meet the last ones then. Of errors one is tried
   * at each; six seeds that follow one another try all six. Where it is not each, one more is aimed
   * at closing, which is short, and may lie between two others.
   */
  void sample(int most, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long peaceful = random.nextLong();
    liveInPeace(peaceful);
    int closing = Collections.frequency(steps, Step.CLOSING);
    int lastOfAll = steps.size() - (closing > 0 ? random.nextInt(closing) : 0);
    double step = Math.max(1, (double) steps.size() / most);
    int first = random.nextInt((int) step);
    int missed = 0;
    for (int i = 0; i < most && missed < MISSED; i++) {
      int k = 1 + first + (int) (i * step);
      Errno error = ERRORS.get((int) Math.floorMod(i + seed, (long) ERRORS.size()));
      boolean met = live(random.nextLong(), k, error);
      missed = met || step > 1 ? 0 : missed + 1;
    }
    if (step > 1 && closing > 0) {
      Errno error = ERRORS.get((int) Math.floorMod(most + seed, (long) ERRORS.size()));
      boolean unused = live(peaceful, lastOfAll, error);
    }
  }

  /**
   * Tries the fault at so many operations of each step, drawn at random; at each if it has fewer.
   */
  void sampleEachStep(int most, int mostSteps, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    liveInPeace(random.nextLong());
    Map<Step, List<Integer>> operations = new EnumMap<>(Step.class);
    for (int k = 1; k <= steps.size(); k++) {
      operations.computeIfAbsent(steps.get(k - 1), step -> new ArrayList<>()).add(k);
    }
    List<List<Integer>> drawn = new ArrayList<>(operations.values());
    while (drawn.size() > mostSteps) {
      drawn.remove(random.nextInt(drawn.size()));
    }
    for (List<Integer> all : drawn) {
      for (int i = 0; i < most && !all.isEmpty(); i++) {
        int k = all.remove(random.nextInt(all.size()));
        boolean unused = live(random.nextLong(), k, ERRORS.get(i % ERRORS.size()));
      }
    }
  }

  /**
   * Tries the fault at the first operations of the first writes, up to so many, and waits each time
   * until the spool has recovered; what it does then replaces and compacts.
   */
  void recover(int most, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    isPatient = true;
    liveInPeace(random.nextLong());
    int first = steps.indexOf(Step.WRITING) + 1;
    for (int i = 0; i < most; i++) {
      boolean unused = live(random.nextLong(), first + i, Errno.EIO);
    }
  }

  private void liveInPeace(long seed) {
    boolean unused = live(seed, Integer.MAX_VALUE, Errno.EIO);
  }

  /** Returns whether the fault was met. */
  private boolean live(long seed, int k, Errno error) {
    steps.clear();
    Life life = new Life(seed, k, error);
    boolean met = life.live();
    acknowledged += life.oracle.acknowledged();
    runs += met ? 1 : 0;
    if (met) {
      struck.merge(k <= steps.size() ? steps.get(k - 1) : Step.CLOSING, 1, Integer::sum);
    }
    return met;
  }

  /** One spool. */
  private final class Life {
    private final long seed;
    private final int k;
    private final Errno error;
    private final SplittableRandom random;
    private final Oracle oracle;
    private final Payloads payloads;
    private final List<SpoolId> ids = new ArrayList<>();

    /** Of each id the write that was begun last, if it was synced: its generation, or 0. */
    private final Map<SpoolId, Long> lastOnes = new ConcurrentHashMap<>();

    /** Those that a store or removal was begun of. */
    private final Set<SpoolId> stored = new HashSet<>();

    /** Writes that have run into a deadline, and writes that were acknowledged. */
    private final AtomicInteger unanswered = new AtomicInteger();

    private final AtomicInteger answered = new AtomicInteger();

    /** What the spool said of its health when it was last looked at, if the storage had failed. */
    private @Nullable SpoolHealth health;

    private long latches;

    /** Whether it has said that it is ill, since the storage has failed. */
    private boolean illnessTold;

    private boolean healthyAgain;

    /** Stores over what was there, and compactions, since then. */
    private final AtomicInteger replaced = new AtomicInteger();

    private int compacted;
    private boolean released;
    private long generations;

    Life(long seed, int k, Errno error) {
      this.seed = seed;
      this.k = k;
      this.error = error;
      this.random = new SplittableRandom(seed);
      this.payloads = new Payloads(seed, LONGEST);
      this.oracle = Oracle.ofPowerCuts(payloads);
      for (int i = 0; i < 6; i++) {
        ids.add(SpoolId.at(Instant.ofEpochMilli(1_700_000_000_000L + i * 100L)));
      }
    }

    /** Returns whether the fault was met. */
    boolean live() {
      try {
        stage.clear(random.split());
        if (Beginning.THERE.contains(beginning)) {
          fill();
        } else {
          stage.plant(beginning);
        }
        stage.arm(kind, k, error);
        use();
        boolean met = stage.operations() >= k;
        end();
        if (!Beginning.THERE.contains(beginning) && !stage.isAsPlanted()) {
          oracle.violated("something of somebody else's was touched");
        }
        compare();
        if (oracle.violations() > 0) {
          throw new AssertionError(String.join("\n", oracle.shownViolations()));
        }
        return met;
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            kind
                + " at operation "
                + k
                + ", "
                + error
                + ", "
                + beginning
                + ", -Dspool.seed="
                + Stress.seed()
                + ", the life's own seed "
                + seed
                + ": "
                + e.getMessage(),
            e);
      }
    }

    private void fill() {
      Spool spool = stage.open();
      try {
        for (SpoolId id : ids.subList(0, 4)) {
          write(spool, id, false, Durability.SYNC).join();
        }
        write(spool, ids.get(0), false, Durability.BUFFERED).join();
        if (beginning == Beginning.KILLED) {
          writeUntilNothingHasAnEffect(spool);
        }
      } finally {
        if (beginning == Beginning.KILLED) {
          kill(spool);
        } else {
          Check.get(spool.shutdown());
        }
      }
      if (beginning == Beginning.FILLED) {
        oracle.forcing().succeeded();
      }
    }

    /** From some operation on, which may be between two of one write. */
    private void writeUntilNothingHasAnEffect(Spool spool) {
      stage.arm(Kind.FROM_THEN_ON, 1 + random.nextInt(MOST_BEFORE_A_KILL), Errno.EIO);
      List<CompletableFuture<Void>> writes = new ArrayList<>();
      for (SpoolId id : ids) {
        Durability level = random.nextBoolean() ? Durability.BUFFERED : Durability.SYNC;
        writes.add(write(spool, id, random.nextInt(3) == 0, level));
      }
      writes.forEach(Life::ended);
    }

    /** It is gone, and its end has no effect either. */
    private void kill(Spool spool) {
      stage.arm(Kind.FROM_THEN_ON, 1, Errno.EIO);
      try {
        Check.get(spool.shutdown());
      } catch (SpoolException e) {
        // It cannot do anything.
      }
      stage.end(false);
      oracle.struck(Fault.KILL);
    }

    /** Opens it and does everything that there is, whatever fails. */
    private void use() {
      Spool spool = opened();
      at(Step.OPENING, spool);
      if (spool == null && kind == Kind.ONCE && Beginning.MADE.contains(beginning)) {
        spool = stage.open(); // now it is made
      }
      if (spool == null) {
        return; // refused, with a typed error
      }
      if (beginning == Beginning.SOMEBODYS) {
        oracle.violated("a directory of somebody else's was taken");
      }
      try {
        if (Beginning.THERE.contains(beginning)) {
          work(spool);
        } else {
          write(spool, ids.get(0), false, Durability.SYNC).join();
          at(Step.WRITING, spool);
        }
      } finally {
        Spool open = spool;
        patiently(
            () -> {
              if (settled(open.shutdown())) {
                look(open);
                oracle.forcing().succeeded();
              }
            });
        at(Step.CLOSING, open);
      }
    }

    private @Nullable Spool opened() {
      Spool[] opened = new Spool[1];
      patiently(
          () -> {
            try {
              opened[0] = stage.open();
            } catch (SpoolException e) {
              failed("the opening", e);
            }
          });
      return opened[0];
    }

    private void work(Spool spool) {
      for (int round = 0; round < 3; round++) {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (SpoolId id : ids) {
          int what = random.nextInt(6);
          Durability level = random.nextInt(3) == 0 ? Durability.BUFFERED : Durability.SYNC;
          if (what < 4) {
            writes.add(write(spool, id, what == 0, level));
          } else {
            load(spool, id);
          }
        }
        writes.forEach(Life::ended);
        if (kind == Kind.SLOW) {
          overcome(spool);
        }
        at(Step.WRITING, spool);
        ids.forEach(id -> load(spool, id));
        patiently(() -> scan(spool, false));
        at(Step.READING, spool);
        boolean compacts = round == 1 || healthyAgain;
        patiently(() -> maintain(spool, compacts));
        at(compacts ? Step.COMPACTION : Step.CLEANUP, spool);
        if (isDropping() && isPatient) {
          awaitHealth(spool);
        }
      }
      reclaimed += healthyAgain && replaced.get() > 0 && compacted > 0 ? 1 : 0;
    }

    private void maintain(Spool spool, boolean compacts) {
      if (compacts) {
        Oracle.Forcing forcing = oracle.forcing();
        if (settled(spool.compact())) {
          look(spool);
          forcing.succeeded();
          compacted += healthyAgain ? 1 : 0;
        }
      } else {
        boolean unused = settled(spool.cleanup());
      }
    }

    /** What was done until now belonged to this step. */
    private void at(Step step, @Nullable Spool spool) {
      long made = stage.operations();
      while (steps.size() < made) {
        steps.add(step);
      }
      if (spool != null) {
        look(spool);
      }
    }

    /** Looks whether the spool says that it is ill, or has been since the last look. */
    private void look(Spool spool) {
      if (!hasFailed()) {
        return;
      }
      SpoolHealth now = spool.health();
      long counted = latches(spool);
      boolean isIll = !WELL.contains(now.state()) && !now.equals(health);
      if (isIll || counted > latches) {
        illnessTold |= counted > 0 || now.state() == SpoolHealth.State.SHEDDING;
        oracle.atRisk();
      }
      health = now;
      latches = counted;
    }

    private boolean hasFailed() {
      return kind.isFailure() && stage.operations() >= k;
    }

    /** An illness may be over before anybody looks; it is counted still. */
    private static long latches(Spool spool) {
      return spool.stats().figures().stream()
          .filter(figure -> figure.name().startsWith("latches."))
          .mapToLong(SpoolStats.Figure::value)
          .sum();
    }

    private boolean isDropping() {
      return kind == Kind.DROPPING_FORCE || kind == Kind.DROPPING_DIRECTORY_FORCE;
    }

    // A slow disk

    private boolean isHeld() {
      return kind == Kind.SLOW && !released && stage.operations() >= k;
    }

    private void release() {
      stage.release();
      released = true;
    }

    /** Does what has no deadline: if it meets the slow operation, it waits for that. */
    private void patiently(Runnable work) {
      if (kind != Kind.SLOW || released) {
        work.run();
        return;
      }
      CompletableFuture<Void> done = Threads.run(work::run);
      while (!done.isDone()) {
        LockSupport.parkNanos(200_000);
        if (isHeld()) {
          LockSupport.parkNanos(SLOW_NANOS);
          release();
        }
      }
      try {
        done.join();
      } catch (CompletionException e) {
        throw new AssertionError(e.getCause());
      }
    }

    /** All calls have ended; if the disk still does not answer, that is said, until it does. */
    private void overcome(Spool spool) {
      long end = System.nanoTime() + LIMIT_NANOS;
      if (isHeld() && unanswered.get() > 0) {
        int before = answered.get();
        while (spool.unhealthyReason() == null && answered.get() < before + 3) {
          ended(write(spool, ids.get(random.nextInt(ids.size())), false, Durability.SYNC));
          if (System.nanoTime() - end > 0) {
            throw new AssertionError("nothing is said of a disk that does not answer");
          }
        }
      }
      if (isHeld()) {
        release();
      }
      while (released && spool.unhealthyReason() != null) {
        LockSupport.parkNanos(1_000_000);
        if (System.nanoTime() - end > 0) {
          throw new AssertionError("it does not recover: " + spool.health());
        }
      }
    }

    private static void ended(CompletableFuture<Void> write) {
      try {
        write.get(LIMIT_NANOS, TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        throw new AssertionError("a write has not ended, whatever its deadline", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }

    /** It reopens in place if it can; what follows is acknowledged again, and may replace. */
    private void awaitHealth(Spool spool) {
      long end = System.nanoTime() + RECOVERY_NANOS;
      while (spool.unhealthyReason() != null && System.nanoTime() - end < 0) {
        LockSupport.parkNanos(1_000_000);
      }
      look(spool);
      if (illnessTold && !healthyAgain && spool.unhealthyReason() == null) {
        healthyAgain = true;
        recovered++;
      }
    }

    /** Maintenance may fail, with a typed error; returns whether it has not. */
    private boolean settled(CompletableFuture<?> call) {
      try {
        Check.get(call);
        return true;
      } catch (SpoolException e) {
        failed("maintenance, or the shutdown", e);
        return false;
      }
    }

    /** A call has failed, as it may, unless nothing went wrong: so a failure is told. */
    private void failed(String call, SpoolException failure) {
      if (hasFailed()) {
        oracle.atRisk();
      }
      if (kind == Kind.WRITE_IN_PART) {
        oracle.violated(call + " has failed, and nothing was wrong: " + failure);
      }
    }

    private CompletableFuture<Void> write(
        Spool spool, SpoolId id, boolean removal, Durability level) {
      long generation = ++generations;
      Oracle.Write write = removal ? oracle.removing(id) : oracle.storing(id, generation);
      boolean replaces = !stored.add(id) && !removal && healthyAgain;
      lastOnes.remove(id);
      CompletableFuture<Void> call =
          removal
              ? spool.remove(id, level, null)
              : spool.store(id, payloads.bytes(id, generation), level, null);
      return call.handle(
          (nothing, failure) -> {
            if (failure == null) {
              write.acknowledged(level);
              answered.incrementAndGet();
              replaced.addAndGet(replaces ? 1 : 0);
              if (level == Durability.SYNC) {
                lastOnes.put(id, removal ? 0 : generation);
              }
            } else {
              SpoolException typed = SpoolException.unwrap(failure);
              write.failed(typed.outcome());
              unanswered.addAndGet(typed instanceof BackpressureTimeoutException ? 1 : 0);
              failed("a write", typed);
            }
            return null;
          });
    }

    private void load(Spool spool, SpoolId id) {
      Oracle.Reading reading = oracle.reading();
      try {
        reading.loaded(id, Content.of(Check.get(spool.load(id))));
      } catch (MessageNotFoundException e) {
        reading.loaded(id, Content.ABSENT);
      } catch (MessageCorruptException e) {
        reading.damaged(id);
        reading.abandon();
      } catch (SpoolException e) {
        reading.abandon(); // it cannot be read now
        failed("a load", e);
      }
    }

    /** Scans; it may fail only while there is a fault. */
    private void scan(Spool spool, boolean sound) {
      Oracle.Reading reading = oracle.reading();
      EntryChannel channel = EntryChannel.bounded(8, 1 << 20);
      CompletableFuture<?> scan = spool.enumerate(channel);
      try {
        for (SpoolEntry entry : channel) {
          if (entry instanceof SpoolEntry.Item item) {
            reading.scanned(item.id(), Content.of(item.data()));
          } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
            damaged(reading, corrupt, sound);
          }
        }
        Check.get(scan);
        reading.scannedAll();
      } catch (SpoolException e) {
        reading.abandon();
        if (sound) {
          throw e;
        }
        failed("a scan", e);
      }
    }

    /** While there is a fault, what cannot be read may be of any message. */
    private void damaged(Oracle.Reading reading, SpoolEntry.Corrupt corrupt, boolean sound) {
      if (corrupt.id() != null) {
        reading.damaged(corrupt.id());
      } else if (sound) {
        oracle.violated(
            "damage, where nothing was damaged: " + corrupt.location() + ": " + corrupt.error());
      }
    }

    /** The fault is over, and the process with it, and perhaps the power. */
    private void end() {
      boolean loses = kind == Kind.POWER || isDropping();
      boolean powerCut = loses || (kind != Kind.KILL && random.nextBoolean());
      stage.end(powerCut);
      oracle.struck(powerCut ? Fault.POWER_CUT : Fault.KILL);
    }

    private void compare() {
      if (beginning == Beginning.SOMEBODYS) {
        try (Spool taken = stage.open()) {
          throw new AssertionError("a directory of somebody else's was taken: " + taken);
        } catch (SpoolException e) {
          return; // refused, as before
        }
      }
      try (Spool spool = stage.open()) {
        scan(spool, true);
        ids.forEach(id -> load(spool, id));
        if (kind == Kind.SLOW) {
          lastOnes.forEach((id, generation) -> order(spool, id, generation));
        }
        Check.get(spool.store(ids.get(5), payloads.bytes(ids.get(5), ++generations)));
      }
    }

    /** What was acknowledged and was begun last is there: no earlier write comes after it. */
    private void order(Spool spool, SpoolId id, long generation) {
      Content expected =
          generation == 0 ? Content.ABSENT : Content.of(payloads.bytes(id, generation));
      Content found;
      try {
        found = Content.of(Check.get(spool.load(id)));
      } catch (MessageNotFoundException e) {
        found = Content.ABSENT;
      }
      if (!found.equals(expected)) {
        oracle.violated(id + " is " + found + ", and the last write of it was " + expected);
      }
    }
  }
}
