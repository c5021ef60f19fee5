package dev.spool.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Gives a reader of a format bytes that nobody meant to write: {@link Mutations} of samples, one
 * after the other. Each has to be read, or refused in a way that the reader calls right; without
 * hanging, and without taking more memory than such an input can be worth.
 *
 * <p>Each case has a seed of its own, made from {@link Stress#seed} and its number; what fails
 * names both. For one thread.
 */
public final class Fuzz {
  /** Nothing that is read here takes a second. */
  private static final long HANGS_AFTER_MILLIS = 60_000;

  private static final int MOST_FINDINGS = 10;
  private static final int MOST_SHOWN = 2048;

  private final String format;
  private final List<byte[]> samples;
  private final long memory;
  private final AtomicLong number = new AtomicLong();

  // The rest is written by the reading thread, and read when that has ended.
  private final List<String> findings = new ArrayList<>();
  private final Set<String> kinds = new HashSet<>();

  /** Reads bytes. */
  @FunctionalInterface
  public interface Reader {

    /**
     * Reads {@code bytes}, and checks what came of it; whatever is thrown is a finding.
     *
     * @param random for what else is to be tried
     */
    void read(byte[] bytes, RandomGenerator random) throws Exception;
  }

  /**
   * Makes one.
   *
   * @param format what it is called where something is found
   * @param memory how many bytes the reader's thread may allocate in a case
   * @param samples what is mutated: at least one
   */
  public Fuzz(String format, long memory, List<byte[]> samples) {
    this.format = format;
    this.memory = memory;
    this.samples = List.copyOf(samples);
  }

  /**
   * Reads as many mutations as the form asks for ({@link Stress}).
   *
   * @throws AssertionError if a reader threw something, took too much, or hangs
   */
  public void run(int inShort, int inLong, Reader reader) {
    int cases = Stress.count(inShort, inLong);
    Thread thread = new Thread(() -> readAll(cases, reader), "fuzz-" + format);
    thread.setDaemon(true);
    thread.start();
    awaitEnd(thread);
    System.out.println(format + ": " + number.get() + " inputs, seed " + Stress.seed());
    if (!findings.isEmpty()) {
      throw new AssertionError(format + ":\n" + String.join("\n", findings));
    }
  }

  private void awaitEnd(Thread thread) {
    long before;
    do {
      before = number.get();
      try {
        thread.join(HANGS_AFTER_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    } while (thread.isAlive() && number.get() != before);
    if (thread.isAlive()) {
      AssertionError hangs = new AssertionError(format + " hangs at " + where(before));
      hangs.setStackTrace(thread.getStackTrace());
      throw hangs;
    }
  }

  private static String where(long number) {
    return "case " + number + ", seed " + Stress.seed();
  }

  private void readAll(int cases, Reader reader) {
    while (number.get() < cases && findings.size() < MOST_FINDINGS) {
      read(number.get(), reader);
      number.incrementAndGet();
    }
  }

  private void read(long which, Reader reader) {
    RandomGenerator random =
        new SplittableRandom(Stress.seed() * 0x9E3779B97F4A7C15L + which * 0xD1B54A32D192ED03L);
    byte[] bytes = new Mutations(random).of(sample(random), sample(random));
    byte[] given = bytes.clone();
    try {
      long taken = taken(reader, bytes, random);
      if (taken
          > memory) { // classes that are loaded take memory, too; the second time there are none
        taken = taken(reader, given.clone(), random);
      }
      if (taken > memory) {
        found("memory", which, "it took " + taken + " bytes of memory", given);
      }
    } catch (Throwable e) {
      found(kind(e), which, e + " at " + Arrays.stream(e.getStackTrace()).limit(6).toList(), given);
    }
  }

  private static long taken(Reader reader, byte[] bytes, RandomGenerator random) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    reader.read(bytes, random);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private byte[] sample(RandomGenerator random) {
    return samples.get(random.nextInt(samples.size()));
  }

  /** One of a kind is enough. */
  private static String kind(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    return e.getClass() + (trace.length == 0 ? "" : " at " + trace[0]);
  }

  private void found(String kind, long which, String what, byte[] given) {
    if (kinds.add(kind)) {
      String shown =
          HexFormat.of().formatHex(given, 0, Math.min(given.length, MOST_SHOWN))
              + (given.length > MOST_SHOWN ? "…" : "");
      findings.add(where(which) + ": " + what + "; " + given.length + " bytes: " + shown);
    }
  }
}
