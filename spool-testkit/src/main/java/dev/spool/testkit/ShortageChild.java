package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A process that uses up its file descriptors, makes calls meanwhile, gives them back, and looks
 * whether all is well again; and so on. What a spool owes whatever happens is checked here; what it
 * has to hold is told to whoever started this, who looks when this has ended.
 */
final class ShortageChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final long LIMIT_SECONDS = 60;
  private static final int CALLS = 12;

  private final Spool spool;
  private final SplittableRandom random;

  /** What has to be there. */
  private final Map<SpoolId, Long> stored = new LinkedHashMap<>();

  /** How often stores were stopped, by cause. */
  private final Map<String, Long> stops = new TreeMap<>();

  private int failed;
  private int done;

  private ShortageChild(Spool spool, long seed) {
    this.spool = spool;
    this.random = new SplittableRandom(seed);
  }

  /** Takes everything but a little. */
  private interface Shortage {
    /** Returns what gives it back. */
    Runnable begin(SplittableRandom random);
  }

  /**
   * Runs it.
   *
   * @param args an address, rounds, and a seed
   */
  public static void main(String[] args) {
    loadClasses();
    try (Spool spool = Spools.open(args[0])) {
      ShortageChild child = new ShortageChild(spool, Long.parseLong(args[2]));
      child.round(random -> () -> {}); // what is first used in a shortage may never work again
      for (int i = 0; i < Integer.parseInt(args[1]); i++) {
        child.round(ShortageChild::takeFiles);
      }
      OUT.println("DONE " + child.done + " " + child.failed + ", stopped by " + child.stops);
    }
    OUT.println("END");
  }

  // Shortages

  private static Runnable takeFiles(SplittableRandom random) {
    List<FileInputStream> taken = new ArrayList<>();
    try {
      while (true) {
        taken.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      for (int left = random.nextInt(4); left > 0 && !taken.isEmpty(); left--) {
        close(taken.remove(0));
      }
    }
    return () -> taken.forEach(ShortageChild::close);
  }

  private static void close(FileInputStream file) {
    try {
      file.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  // Calls

  /** A call that is made in the shortage, and what is owed if it succeeds. */
  private static final class Planned {
    final String what;
    final SpoolId id;
    final long seed;
    final Supplier<CompletableFuture<?>> call;

    Planned(String what, SpoolId id, long seed, Supplier<CompletableFuture<?>> call) {
      this.what = what;
      this.id = id;
      this.seed = seed;
      this.call = call;
    }
  }

  private List<Planned> plan(EntryChannel channel) {
    List<Planned> plan = new ArrayList<>();
    List<SpoolId> there = new ArrayList<>(stored.keySet());
    for (int i = 0; i < CALLS; i++) {
      SpoolId id = SpoolId.random();
      long seed = random.nextLong();
      byte[] message = message(seed);
      Durability level = i % 3 == 0 ? Durability.BUFFERED : Durability.SYNC;
      plan.add(new Planned("store", id, seed, () -> spool.store(id, message, level, null)));
      if (!there.isEmpty()) {
        SpoolId old = there.get(random.nextInt(there.size()));
        plan.add(new Planned("load", old, stored.getOrDefault(old, 0L), () -> spool.load(old)));
      }
      if (there.size() > 20) {
        SpoolId gone = there.remove(0);
        plan.add(new Planned("remove", gone, 0, () -> spool.remove(gone, level, null)));
      }
    }
    SpoolId none = SpoolId.random();
    plan.add(new Planned("scan", none, 0, () -> spool.enumerate(channel)));
    plan.add(new Planned("flush", none, 0, spool::adviseLowMemory));
    plan.add(new Planned("compaction", none, 0, spool::compact));
    plan.add(new Planned("cleanup", none, 0, spool::cleanup));
    return plan;
  }

  private void round(Shortage shortage) {
    EntryChannel channel = EntryChannel.bounded(1 << 16, 1 << 20);
    List<Planned> plan = plan(channel);
    Flapping flapping = new Flapping(spool, ShortageContract.QUIET);
    Runnable end = shortage.begin(random);
    List<CompletableFuture<?>> futures = new ArrayList<>();
    plan.forEach(each -> futures.add(each.call.get()));
    awaitAll(futures);
    end.run();
    // Removals first: a load beside one of them may find the message, or none.
    for (boolean removals : new boolean[] {true, false}) {
      for (int i = 0; i < plan.size(); i++) {
        if (plan.get(i).what.equals("remove") == removals) {
          settle(plan.get(i), futures.get(i));
        }
      }
    }
    drain(channel);
    recover();
    flapping.times().forEach((cause, times) -> stops.merge(cause, times, Long::sum));
    if (!flapping.tooOften().isEmpty()) {
      OUT.println("BAD stores were stopped too often: " + flapping.tooOften());
    }
  }

  /** Returns the message of that seed. */
  static byte[] message(long seed) {
    return Messages.of(seed, 1000 + (int) (seed & 0x3FFF));
  }

  /** Some may wait for what comes back. */
  private static void awaitAll(List<CompletableFuture<?>> futures) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    for (CompletableFuture<?> future : futures) {
      while (!future.isDone() && System.nanoTime() < end) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  private void settle(Planned call, CompletableFuture<?> future) {
    try {
      Object result = future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      done++;
      succeeded(call, result);
    } catch (ExecutionException e) {
      failed++;
      Throwable failure = e.getCause();
      failed(call, failure == null ? e : failure);
    } catch (TimeoutException e) {
      OUT.println("BAD a " + call.what + " has not ended");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void succeeded(Planned call, @Nullable Object result) {
    switch (call.what) {
      case "store" -> {
        stored.put(call.id, call.seed);
        OUT.println("STORED " + call.id + " " + call.seed);
      }
      case "remove" -> {
        stored.remove(call.id);
        OUT.println("REMOVED " + call.id);
      }
      case "load" -> {
        if (!Arrays.equals((byte[]) result, message(call.seed))) {
          OUT.println("BAD other bytes of " + call.id);
        }
      }
      default -> {}
    }
  }

  private void failed(Planned call, Throwable failure) {
    if (!(failure instanceof SpoolException typed)) {
      OUT.println("BAD a " + call.what + " fails with " + failure);
      failure.printStackTrace();
      return;
    }
    if (failure instanceof MessageNotFoundException && stored.containsKey(call.id)) {
      OUT.println("BAD taken for absent: " + call.id);
    }
    boolean changes = call.what.equals("store") || call.what.equals("remove");
    if (changes && typed.outcome() != Outcome.NOT_APPLIED) {
      stored.remove(call.id);
      OUT.println("UNKNOWN " + call.id);
    }
  }

  private static void drain(EntryChannel channel) {
    try {
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Corrupt) {
          OUT.println("BAD taken for damaged: " + entry);
        }
      }
    } catch (SpoolException e) {
      return; // it has said that it is not all
    }
  }

  /** By itself. */
  private void recover() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (spool.unhealthyReason() != null && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    if (spool.unhealthyReason() != null) {
      OUT.println("BAD it does not recover: " + spool.health());
      return;
    }
    try {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, new byte[100]));
      Check.get(spool.remove(id, Durability.SYNC, null));
      for (Map.Entry<SpoolId, Long> each : stored.entrySet()) {
        Check.holds(spool, each.getKey(), message(each.getValue()));
      }
    } catch (RuntimeException | Error e) {
      OUT.println("BAD afterwards: " + e.toString().replace('\n', ' ') + ", " + spool.health());
      e.printStackTrace();
    }
  }

  // Classes

  /** A class that is loaded in a shortage cannot be, for good. */
  static void loadClasses() {
    for (String path : List.of("java.class.path", "jdk.module.path")) {
      for (String entry : System.getProperty(path, "").split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()) { // one of the two has none
          loadClasses(Path.of(entry));
        }
      }
    }
  }

  /** Those of a directory of classes, or of jars, or of a jar. */
  private static void loadClasses(Path root) {
    try {
      if (Files.isDirectory(root)) {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(root, "*.jar")) {
          jars.forEach(ShortageChild::loadClasses);
        }
      }
      classes(root).stream()
          .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
          .forEach(name -> load(name.substring(0, name.length() - 6).replace('/', '.')));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the files of a directory, or of a jar with a part of a spool; none of a library. */
  private static List<String> classes(Path root) throws IOException {
    if (Files.isDirectory(root)) {
      try (Stream<Path> files = Files.walk(root)) {
        return files.map(file -> root.relativize(file).toString()).toList();
      }
    }
    if (!Files.isRegularFile(root)) {
      return List.of();
    }
    try (JarFile jar = new JarFile(root.toFile())) {
      List<String> names = jar.stream().map(JarEntry::getName).toList();
      boolean isPart =
          names.stream()
              .anyMatch(
                  name ->
                      name.startsWith("dev/spool/")
                          || name.equals("META-INF/services/dev.spool.SpoolProvider"));
      return isPart ? names : List.of();
    }
  }

  private static void load(String name) {
    try {
      Class<?> unused = Class.forName(name, false, ShortageChild.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      return; // it needs what is not there, and so is not needed
    }
  }
}
