package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.torture.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a process or a file system has is used up: file descriptors, inodes, memory. Calls fail with
 * typed errors and true outcomes, and end; nothing that was acknowledged is lost or taken for
 * absent or damaged; and when there is some again, stores are taken again, without anybody's doing.
 * For backends that declare {@link Trait#PERSISTENT}; the provider of the fixture's addresses has
 * to be on the class path.
 *
 * <p>The settings {@code errorUnlatchDuration} and {@code cleanupInterval} are set, and {@code
 * minFreeSpace} and {@code minFreeInodes}, which {@link dev.spool.support.LocalSpoolBuilder} has. A
 * backend that does not know them cannot pass {@link #storesStopBeforeBytesAreUsedUp} and {@link
 * #storesStopBeforeInodesAreUsedUp}.
 */
public interface ShortageContract extends BackendContract {
  /** So small that it is soon used up. */
  String HEAP = "-Xmx32m";

  /** More than there is. */
  String NATIVE = "-XX:MaxDirectMemorySize=8g";

  /** The setting of how many bytes are to stay free. */
  String MIN_SPACE = "minFreeSpace";

  /** The setting of how many inodes are to stay free. */
  String MIN_INODES = "minFreeInodes";

  /** How long errors have to stay away before stores are taken again. */
  Duration QUIET = Duration.ofMillis(300);

  /** Returns how often all is used up and given back. */
  default int shortages() {
    return Stress.count(6, 200);
  }

  /** Returns how many descriptors the process may have. */
  default int mostFiles() {
    return 256;
  }

  /** Returns settings by which a spool needs new files soon. */
  default Map<String, String> small() {
    return Map.of();
  }

  /**
   * Opens a spool that needs new files soon, and that takes stores again when errors have stayed
   * away for {@link #QUIET}; without a threshold it stops for nothing but the file system itself.
   */
  private Spool openSmall(Path directory, Map<String, String> thresholds) {
    Map<String, String> settings = new HashMap<>(small());
    settings.putAll(Map.of(MIN_SPACE, "0", MIN_INODES, "0"));
    settings.put("errorUnlatchDuration", QUIET.toMillis() + "ms");
    settings.putAll(thresholds);
    return fixture().open(directory, settings, null);
  }

  /** Tells whether removals are carried out where no new file can be made. */
  default boolean isDrainedWithoutInodes() {
    return true;
  }

  /** At the limit that the kernel enforces. */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void fileDescriptorsAreUsedUp(@TempDir Path dir) throws IOException {
    Path spool = dir.resolve("spool");
    String uri = fixture().uri(spool);
    uri = withSetting(uri, "errorUnlatchDuration", QUIET.toMillis() + "ms");
    uri = withSetting(uri, "cleanupInterval", "0");
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "ulimit -n " + mostFiles() + "; exec \"$@\"", "sh"));
    command.addAll(
        ChildJvm.command(
            ShortageChild.class,
            List.of(
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-MaxFDLimit"), // else the JVM would raise it to the hard limit
            List.of(uri, Integer.toString(shortages()), Long.toString(Stress.seed()))));
    Path log = dir.resolve("child.log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    List<String> said;
    try {
      said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
    } finally {
      process.destroyForcibly().onExit().join();
    }
    String shown = "seed " + Stress.seed();
    assertThat(said.stream().filter(line -> line.startsWith("BAD")))
        .as("%s: %s", shown, Files.readString(log))
        .isEmpty();
    assertThat(said.contains("END")).as("%s: %s", shown, Files.readString(log)).isTrue();
    String done = said.stream().filter(line -> line.startsWith("DONE")).findFirst().orElseThrow();
    assertThat(done).as("calls that succeeded").doesNotContain("DONE 0");
    System.out.println(
        shortages() + " times without descriptors, calls that succeeded and failed: " + done);
    judge(spool, said);
  }

  private void judge(Path directory, List<String> said) {
    Map<SpoolId, byte[]> there = new LinkedHashMap<>();
    Set<SpoolId> open = new HashSet<>();
    for (String line : said) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "STORED" ->
            there.put(SpoolId.parse(words[1]), ShortageChild.message(Long.parseLong(words[2])));
        case "REMOVED" -> there.remove(SpoolId.parse(words[1]));
        case "UNKNOWN" -> {
          there.remove(SpoolId.parse(words[1]));
          open.add(SpoolId.parse(words[1]));
        }
        default -> {}
      }
    }
    try (Spool spool = open(directory)) {
      Map<SpoolId, byte[]> found = Check.enumerate(spool).items();
      found.keySet().removeAll(open);
      Check.sameMessages(found, there);
    }
  }

  /** The heap, to the last bytes, while the spool is being used. */
  @Test
  default void heapIsUsedUp(@TempDir Path dir) throws IOException {
    assertThat(useUpMemory(dir, "heap", Stress.rounds(2, 60), List.of(), HEAP))
        .as("it lives on")
        .isZero();
  }

  /** With the option that ends a process whose heap is used up: as if it were killed. */
  @Test
  default void processThatHasNoHeapIsEnded(@TempDir Path dir) throws IOException {
    assertThat(useUpMemory(dir, "heap", 1, List.of(), HEAP, "-XX:+ExitOnOutOfMemoryError"))
        .as("it is ended")
        .isNotZero();
  }

  /** The memory of direct buffers, which channels need. In the long form only. */
  @Test
  default void directBuffersAreUsedUp(@TempDir Path dir) throws IOException {
    assumeTrue(Stress.isLong(), "skipped: in the long form only, -Pstress");
    int status =
        useUpMemory(
            dir,
            "native",
            Stress.rounds(2, 60),
            List.of(),
            "-Xmx128m",
            "-XX:MaxDirectMemorySize=64m"); // what file: keeps for its writers is 33 MiB
    assertThat(status).as("it lives on").isZero();
  }

  /**
   * The address space, so that the C library gives no memory: a process may live on or not, and
   * nothing is lost. In the long form only.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void addressSpaceIsUsedUp(@TempDir Path dir) throws IOException {
    assumeTrue(Stress.isLong(), "skipped: in the long form only, -Pstress");
    int status =
        useUpMemory(
            dir,
            "native",
            Stress.rounds(2, 10),
            List.of("sh", "-c", "ulimit -v 1600000; MALLOC_ARENA_MAX=2 exec \"$@\"", "sh"),
            NATIVE,
            "-XX:+SuppressFatalErrorMessage", // which is for standard output, whatever is set
            "-Xmx128m",
            "-XX:CompressedClassSpaceSize=32m",
            "-XX:ReservedCodeCacheSize=48m");
    System.out.println("without address space it ends with status " + status);
  }

  /**
   * What a group of processes may have (memory of a cgroup), so that the kernel kills. As root, in
   * the long form only.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void memoryOfTheGroupIsUsedUp(@TempDir Path dir) throws IOException {
    assumeTrue(Stress.isLong(), "skipped: in the long form only, -Pstress");
    try (MemoryGroup group = MemoryGroup.make(400L << 20)) {
      String enter = "echo $$ > " + group.processes() + " && exec \"$@\"";
      int status =
          useUpMemory(
              dir, "native", Stress.rounds(2, 10), List.of("sh", "-c", enter, "sh"), NATIVE);
      assertThat(status).as("it is killed").isNotZero();
    }
  }

  /** Unless it has another one. */
  private static String withSetting(String uri, String name, String value) {
    int query = uri.indexOf('?');
    boolean has = query >= 0 && ("&" + uri.substring(query + 1)).contains("&" + name + "=");
    return has ? uri : uri + (query < 0 ? "?" : "&") + name + "=" + value;
  }

  private int useUpMemory(
      Path dir, String what, int rounds, List<String> launcher, String... options)
      throws IOException {
    Path spool = dir.resolve("spool");
    Path log = dir.resolve("child.log");
    String uri = fixture().uri(spool);
    List<String> jvm = new ArrayList<>(List.of(options));
    jvm.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+DisplayVMOutputToStderr", // standard output is for what the child says
            "-Xlog:disable",
            "-Xlog:all=warning:stderr",
            "-XX:ErrorFile=" + dir.resolve("jvm.log")));
    uri = withSetting(uri, "errorUnlatchDuration", QUIET.toMillis() + "ms");
    List<String> command = new ArrayList<>(launcher);
    command.addAll(
        ChildJvm.command(
            MemoryChild.class,
            jvm,
            List.of(uri, what, Integer.toString(rounds), Long.toString(Stress.seed()))));
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    CallLogJudge judge = new CallLogJudge(new MemoryMessages(Stress.seed()));
    int status;
    try {
      judge.read(process.getInputStream());
      status = process.onExit().join().exitValue();
    } finally {
      process.destroyForcibly().onExit().join();
    }
    assertThat(judge.acknowledged()).as("%s: %s", judge, Files.readString(log)).isPositive();
    try (Spool again = open(spool)) {
      judge.judge(again);
    }
    String shown = "seed " + Stress.seed() + ", status " + status + ": " + judge;
    System.out.println(what + " memory used up, " + shown);
    assertThat(judge.bad()).as("%s: %s", shown, Files.readString(log)).isEmpty();
    assertThat(judge.said().contains("END"))
        .as("%s: %s", shown, Files.readString(log))
        .isEqualTo(status == 0);
    return status;
  }

  /** On a tmpfs that has some bytes left, and no inode. */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void inodesAreUsedUp(@TempDir Path dir) throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(dir, 64, 400)) {
      useUp("inodes", disk, () -> takeInodes(disk.directory(), 0), isDrainedWithoutInodes());
    }
  }

  /** On a tmpfs that is full to the last bytes. */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void bytesAreUsedUp(@TempDir Path dir) throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(dir, 64)) {
      useUp("bytes", disk, () -> List.of(disk.fill(6 << 20)), true);
    }
  }

  /**
   * A tenth of a tmpfs is to stay free, and somebody else takes some of it. There is room for
   * stores still, and they are refused; and what is removed makes room enough.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void storesStopBeforeBytesAreUsedUp(@TempDir Path dir) throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(dir, 64)) {
      stopBefore(MIN_SPACE, disk, () -> List.of(disk.fill(6 << 20)), true);
    }
  }

  /** The same of inodes, which a spool of few files does not give back. */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void storesStopBeforeInodesAreUsedUp(@TempDir Path dir) throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(dir, 64, 1000)) {
      Required.require(
          Disk.system().space(disk.directory()).inodesKnown(),
          "free inodes are not known: that takes JNA on the class path");
      stopBefore(MIN_INODES, disk, () -> takeInodes(disk.directory(), 90), false);
    }
  }

  private void stopBefore(String setting, MountedDisk disk, Taking taking, boolean isRoomMade)
      throws IOException {
    Path directory = disk.directory().resolve("spool");
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    Set<SpoolId> unknown = new HashSet<>();
    try (Spool spool = openSmall(directory, Map.of(setting, "10%"))) {
      assertThat(storeUntilRefused(spool, messages, unknown, 300)).as("with room").isNull();
      Flapping flapping = new Flapping(spool, QUIET);
      List<Path> taken = taking.take();
      awaitNoStores(spool);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Stress.count(2, 20));
      do { // for longer than whoever looks for room takes to look again
        assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
        assertThat(spool.health().reason()).contains("below " + setting + "=10%");
        SpoolException refused = storeUntilRefused(spool, messages, unknown, 1);
        assertThat(refused)
            .isInstanceOfSatisfying(
                SpoolFullException.class,
                full -> assertThat(full.outcome()).isEqualTo(SpoolException.Outcome.NOT_APPLIED));
        LockSupport.parkNanos(10_000_000);
      } while (System.nanoTime() - end < 0);
      Path room = Files.write(disk.directory().resolve("room"), new byte[1 << 20]);
      Files.delete(room); // that was no full file system
      holdsExactly(spool, messages, unknown);
      assertThat(removeMost(spool, messages)).as("not removed").isEmpty();
      if (isRoomMade) {
        awaitStores(spool);
      }
      for (Path file : taken) {
        Files.delete(file);
      }
      awaitStores(spool);
      assertThat(storeUntilRefused(spool, messages, unknown, 20)).as("with room again").isNull();
      holdsExactly(spool, messages, unknown);
      judge(setting, flapping.times(), flapping.tooOften());
    }
    try (Spool spool = openSmall(directory, Map.of(setting, "10%"))) {
      holdsExactly(spool, messages, unknown);
      assertThat(spool.health().reason()).isNull();
    }
    assertThat(unknown).as("stores of which it is not known").isEmpty();
  }

  private static void awaitNoStores(Spool spool) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Check.LIMIT_SECONDS);
    while (spool.unhealthyReason() == null) {
      assertThat(System.nanoTime() - end).as("stores have not stopped").isNegative();
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Takes something from the file system. */
  @FunctionalInterface
  interface Taking {
    /** Returns the files that hold it. */
    List<Path> take() throws IOException;
  }

  private void useUp(String what, MountedDisk disk, Taking taking, boolean isDrained)
      throws IOException {
    Path directory = disk.directory().resolve("spool");
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    Set<SpoolId> unknown = new HashSet<>();
    try (Spool spool = openSmall(directory, Map.of())) {
      SpoolException refused = storeUntilRefused(spool, messages, unknown, 20);
      assertThat(refused).as("with all %s", what).isNull();
      Flapping flapping = new Flapping(spool, QUIET);
      List<Path> taken = taking.take();
      refused = storeUntilRefused(spool, messages, unknown, 3000);
      System.out.println(messages.size() + " stored, then " + refused);
      if (refused != null) {
        assertThat(refused).isInstanceOf(SpoolFullException.class);
        hold(spool, messages, unknown);
      }
      List<SpoolId> again = removeMost(spool, messages);
      if (isDrained) {
        assertThat(again).as("not removed").isEmpty();
      }
      messages.keySet().removeAll(again);
      messages.forEach((id, message) -> Check.holds(spool, id, message));
      for (Path file : taken) {
        Files.delete(file);
      }
      awaitStores(spool);
      again.forEach(id -> Check.get(spool.remove(id, Durability.SYNC, null)));
      refused = storeUntilRefused(spool, messages, unknown, 20);
      assertThat(refused).as("with %s again", what).isNull();
      holdsExactly(spool, messages, unknown);
      judge(what, flapping.times(), flapping.tooOften());
    }
    try (Spool spool = openSmall(directory, Map.of())) {
      holdsExactly(spool, messages, unknown);
      assertThat(spool.health().reason()).isNull();
    }
  }

  private static void judge(String what, Map<String, Long> times, Map<String, Long> tooOften) {
    System.out.println("without " + what + " stores were stopped: " + times);
    assertThat(tooOften).as("stores were stopped too often").isEmpty();
  }

  private static void holdsExactly(
      Spool spool, Map<SpoolId, byte[]> messages, Set<SpoolId> unknown) {
    Map<SpoolId, byte[]> found = Check.enumerate(spool).items();
    found.keySet().removeAll(unknown);
    Check.sameMessages(found, messages);
    messages.forEach((id, message) -> Check.holds(spool, id, message));
  }

  /**
   * On a btrfs that has room, in a directory whose quota is used up: nothing tells of that
   * beforehand. In the long form only.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  default void quotaIsUsedUp(@TempDir Path dir) throws IOException {
    assumeTrue(Stress.isLong(), "skipped: in the long form only, -Pstress");
    try (MountedDisk disk = MountedDisk.btrfs(dir, 400)) {
      Path limited = disk.limited(32);
      Path directory = limited.resolve("spool");
      Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
      Set<SpoolId> unknown = new HashSet<>();
      try (Spool spool = openSmall(directory, Map.of())) {
        Flapping flapping = new Flapping(spool, QUIET);
        SpoolException refused = storeUntilRefused(spool, messages, unknown, 10_000);
        System.out.println(messages.size() + " stored, then " + refused);
        assertThat(refused).isInstanceOf(SpoolFullException.class);
        hold(spool, messages, unknown);
        assertThat(messages).hasSizeGreaterThan(50);
        messages.forEach((id, message) -> Check.holds(spool, id, message));
        List<SpoolId> again = removeMost(spool, messages);
        System.out.println(again.size() + " not removed without room");
        disk.limit(limited, 200);
        awaitStores(spool);
        again.forEach(id -> Check.get(spool.remove(id, Durability.SYNC, null)));
        messages.keySet().removeAll(again);
        refused = storeUntilRefused(spool, messages, unknown, 100);
        assertThat(refused).as("with more room").isNull();
        holdsExactly(spool, messages, unknown);
        judge("quota", flapping.times(), flapping.tooOftenUnshown());
      }
      try (Spool spool = openSmall(directory, Map.of())) {
        holdsExactly(spool, messages, unknown);
        assertThat(spool.health().reason()).isNull();
      }
    }
  }

  /** Returns those that were not removed: all from the first that could not be. */
  private static List<SpoolId> removeMost(Spool spool, Map<SpoolId, byte[]> messages) {
    List<SpoolId> ids = new ArrayList<>(messages.keySet()).subList(0, messages.size() - 10);
    for (int i = 0; i < ids.size(); i++) {
      try {
        Check.get(spool.remove(ids.get(i), Durability.SYNC, null));
        messages.remove(ids.get(i));
      } catch (SpoolException e) {
        return List.copyOf(ids.subList(i, ids.size()));
      }
    }
    return List.of();
  }

  private static @Nullable SpoolException storeUntilRefused(
      Spool spool, Map<SpoolId, byte[]> messages, Set<SpoolId> unknown, int most) {
    for (int i = 0; i < most; i++) {
      SpoolId id = SpoolId.random();
      byte[] message = Messages.of(messages.size(), 10_000);
      try {
        Check.get(spool.store(id, message));
        messages.put(id, message);
      } catch (SpoolException e) {
        if (e.outcome() == SpoolException.Outcome.UNKNOWN) {
          unknown.add(id);
        }
        return e;
      }
    }
    return null;
  }

  /**
   * In the long form, goes on trying, for longer than whoever looks for room takes to look again.
   */
  private static void hold(Spool spool, Map<SpoolId, byte[]> messages, Set<SpoolId> unknown) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Stress.count(0, 20_000));
    while (System.nanoTime() - end < 0) {
      SpoolException unused = storeUntilRefused(spool, messages, unknown, 1);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static List<Path> takeInodes(Path root, int left) throws IOException {
    Path directory = Files.createDirectory(root.resolve("taken"));
    List<Path> taken = new ArrayList<>();
    try {
      while (true) {
        taken.add(Files.createFile(directory.resolve("f" + taken.size())));
      }
    } catch (NoSuchFileException e) {
      throw new AssertionError(e);
    } catch (IOException e) { // that was all
      for (int i = 0; i < left; i++) {
        Files.delete(taken.remove(taken.size() - 1));
      }
      return taken;
    }
  }

  private static void awaitStores(Spool spool) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Check.LIMIT_SECONDS);
    while (spool.unhealthyReason() != null) {
      assertThat(System.nanoTime()).as("%s", spool.health()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
