package dev.spool.testkit;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Uses a spool as it is told, in a process whose clock steps. Each line of standard input is
 * answered by any number of {@code STORED ID SEED} and {@code REMOVED ID}, and then by {@code
 * DONE}, with what was asked for, or {@code BAD} and why. Times are told in nanoseconds that no
 * clock has to do with.
 *
 * <pre>
 * OPEN URI           opens it
 * SHOW OFFSET NOW    looks whether the clock is off by that
 * WORK SEED          makes calls of every kind, and looks whether all is there
 * DEADLINE MILLIS    a store that cannot end: how it fails, and after how long; 0: without a deadline
 * SUSPECT            such stores, until stores are refused: how long it took
 * FAIL               stores that fail, until stores are refused
 * SETTLE             waits until stores are taken: how long after the last that has failed; stores
 * CLOSE              closes it
 * </pre>
 */
final class ClockChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private final Map<SpoolId, byte[]> there = new LinkedHashMap<>();
  private @Nullable Spool opened;
  private @Nullable SpoolId last;
  private long failedAt = System.nanoTime();

  private ClockChild() {}

  /**
   * Answers until standard input ends.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    ClockChild child = new ClockChild();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        OUT.println("DONE " + child.answer(line.split(" ", -1)));
      } catch (RuntimeException | Error e) {
        e.printStackTrace();
        OUT.println("BAD " + e.toString().replace('\n', ' '));
      }
    }
  }

  /** Returns the message of that seed. */
  static byte[] message(String seed) {
    long number = Long.parseLong(seed);
    return Messages.of(number, (int) (number & 0x3FFF));
  }

  private Object answer(String[] words) {
    if (words[0].equals("OPEN")) {
      opened = Spools.open(words[1]);
      return "";
    }
    Spool spool = opened;
    if (spool == null) {
      throw new IllegalStateException("it is not open");
    }
    return switch (words[0]) {
      case "SHOW" -> show(Long.parseLong(words[1]), Long.parseLong(words[2]));
      case "WORK" -> work(spool, new SplittableRandom(Long.parseLong(words[1])));
      case "DEADLINE" -> deadline(spool, Long.parseLong(words[1]));
      case "SUSPECT", "FAIL" -> untilRefused(spool);
      case "SETTLE" -> settle(spool);
      case "CLOSE" -> {
        spool.close();
        yield "";
      }
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private static String show(long offset, long millis) {
    long off = System.currentTimeMillis() - millis - offset * 1000;
    require(Math.abs(off) < TimeUnit.HOURS.toMillis(1), "the clock is off by " + off + " ms more");
    return "";
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  // Calls that work

  private String work(Spool spool, SplittableRandom random) {
    if (there.isEmpty()) {
      there.putAll(Check.enumerate(spool).items());
    }
    for (int round = 0; round < 6; round++) {
      Map<SpoolId, Long> storing = storing(random);
      List<CompletableFuture<?>> calls = new ArrayList<>();
      storing.forEach((id, seed) -> calls.add(store(spool, id, seed, random)));
      List<SpoolId> removing = removing(random, storing);
      removing.forEach(id -> calls.add(spool.remove(id, level(random), far(random))));
      calls.add(spool.cleanup());
      calls.add(random.nextBoolean() ? spool.compact() : spool.adviseLowMemory());
      calls.forEach(Check::get);
      storing.forEach(this::stored);
      removing.forEach(this::removed);
      require(spool.unhealthyReason() == null, "unhealthy: " + spool.health());
      Check.holdsExactly(spool, there);
    }
    return "";
  }

  private Map<SpoolId, Long> storing(SplittableRandom random) {
    Map<SpoolId, Long> storing = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      storing.put(newId(), random.nextLong());
    }
    there.keySet().stream()
        .skip(random.nextInt(20))
        .limit(2)
        .forEach(id -> storing.put(id, random.nextLong()));
    return storing;
  }

  private SpoolId newId() {
    SpoolId id = SpoolId.random();
    require(last == null || id.compareTo(last) > 0, id + " sorts before " + last);
    last = id;
    return id;
  }

  private List<SpoolId> removing(SplittableRandom random, Map<SpoolId, Long> storing) {
    return there.keySet().stream()
        .filter(id -> !storing.containsKey(id))
        .skip(random.nextInt(20))
        .limit(6)
        .toList();
  }

  private static CompletableFuture<Void> store(
      Spool spool, SpoolId id, long seed, SplittableRandom random) {
    return spool.store(id, message("" + seed), level(random), far(random));
  }

  private static Durability level(SplittableRandom random) {
    return random.nextInt(3) == 0 ? Durability.BUFFERED : Durability.SYNC;
  }

  /** A deadline that is not to fire, or none. */
  private static @Nullable Deadline far(SplittableRandom random) {
    return random.nextBoolean() ? Deadline.after(Duration.ofMinutes(20)) : null;
  }

  private void stored(SpoolId id, long seed) {
    there.put(id, message("" + seed));
    OUT.println("STORED " + id + " " + seed);
  }

  private void removed(SpoolId id) {
    there.remove(id);
    OUT.println("REMOVED " + id);
  }

  // Calls that do not

  private String deadline(Spool spool, long millis) {
    long begun = System.nanoTime();
    SpoolException failure =
        Check.failure(
            spool.store(
                newId(),
                message("100"),
                Durability.SYNC,
                millis == 0 ? null : Deadline.after(Duration.ofMillis(millis))));
    long took = System.nanoTime() - begun;
    failedAt = begun;
    return failure.getClass().getSimpleName() + " " + took;
  }

  private long untilRefused(Spool spool) {
    long begun = System.nanoTime();
    while (spool.unhealthyReason() == null) {
      long now = System.nanoTime();
      require(now - begun < TimeUnit.SECONDS.toNanos(Check.LIMIT_SECONDS), "not refused in time");
      CompletableFuture<Void> store = spool.store(newId(), message("100"), Durability.SYNC, null);
      try {
        Check.get(store);
      } catch (SpoolException e) {
        failedAt = now;
      }
    }
    return System.nanoTime() - begun;
  }

  private long settle(Spool spool) {
    long begun = System.nanoTime();
    long taken = 0;
    SpoolId stored = null;
    String failure = "";
    while (stored == null) {
      require(
          System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(Check.LIMIT_SECONDS),
          "it does not recover: " + spool.health() + " " + failure);
      if (spool.unhealthyReason() == null) {
        taken = taken == 0 ? System.nanoTime() : taken;
        SpoolId id = newId();
        try {
          Check.get(spool.store(id, message("100"), Durability.SYNC, null));
          stored = id;
        } catch (SpoolException e) {
          failure = e.detail();
        }
      } else {
        LockSupport.parkNanos(1_000_000);
      }
    }
    stored(stored, 100);
    return taken - failedAt;
  }
}
