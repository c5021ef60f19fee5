package dev.spool.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.torture.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A file system that fails, stalls and forgets, mounted by FUSE: beneath any program, a native
 * library too. It has the faults of {@link FaultyDisk} and {@link PowerCutDisk} for all that a
 * program does with files, rather than for what goes through {@code Disk}.
 *
 * <p>It lies in the memory of a process of its own. There reads and writes come one by one, since
 * the kernel keeps nothing of it; memory cannot be shared with its files. Names that were not
 * forced are lost, kept or torn as {@link PowerCutDisk} says; directories always last, and so does
 * the name of a file that was forced itself, as on ext4, XFS and btrfs: RocksDB counts on that when
 * it begins a manifest.
 *
 * <p>Takes Linux, root and {@code /dev/fuse} ({@link Required}). Calls are for one thread at a
 * time.
 */
public final class FaultyMount implements AutoCloseable {
  /**
   * The device is the server's standard input and output, since nobody else may open it again. It
   * ends when this process does, and is unmounted even if a signal has ended both.
   */
  private static final String SCRIPT =
      """
      trap '' HUP INT TERM
      exec 3<&0 4>&1 0<>/dev/fuse 1>&0
      mount -i -t fuse.spool -o fd=0,rootmode=40000,user_id=0,group_id=0 spool "$0" >&4 2>&1 || exit 1
      "$@"
      exec 0</dev/null 1>&4
      umount -l "$0" >&4 2>&1
      """;

  private static final int LIMIT_SECONDS = 60;

  private final Path directory;
  private final Process process;

  @GuardedBy("this")
  private final Writer orders;

  @GuardedBy("this")
  private final BufferedReader answers;

  /** How often something was done since it was last armed. */
  record Counts(
      long calls, long writes, long forces, long directoryForces, long changing, long changes) {}

  private FaultyMount(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Mounts an empty one.
   *
   * @param work where the mount point, and a log, are made
   */
  public static FaultyMount in(Path work) throws IOException {
    Required.require(System.getProperty("os.name").equals("Linux"), "it takes Linux to use FUSE");
    Required.require(
        Command.tried("id", "-u").equals("0\n"), "it takes root to mount a file system");
    Required.require(Files.exists(Path.of("/dev/fuse")), "there is no /dev/fuse");
    Path mounted = Files.createDirectory(work.resolve("fuse")).toRealPath();
    List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, mounted.toString()));
    command.addAll(
        ChildJvm.command(
            FuseServer.class,
            List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData"),
            List.of()));
    FaultyMount mount =
        new FaultyMount(
            mounted,
            new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(work.resolve("fuse.log").toFile()))
                .start());
    try {
      mount.order("heal");
    } catch (UncheckedIOException e) {
      mount.close();
      Required.require(false, "no file system can be mounted by FUSE: " + e.getMessage());
    }
    return mount;
  }

  /** Returns the directory at its root. */
  public Path directory() {
    return directory;
  }

  /**
   * Returns the same, by a path that nobody finds any more after the next {@link #restart} or
   * {@link #kill}: for what is used in this process, and cannot be killed.
   */
  Path directoryOfThisLife() {
    return directory.resolve("life-" + order("life").split(" ", -1)[1]);
  }

  // Faults

  /** Has nothing on it any more; what is lost of what is not forced follows from the seed. */
  void clear(long seed) {
    order("fresh " + seed);
  }

  /** The {@code n}th call from now on fails: 1 is the next one. */
  void failNth(long n, boolean onwards, Errno errno) {
    order("fail " + n + " " + errno + (onwards ? " onwards" : " once"));
  }

  /**
   * The {@code n}th write from now on writes half of what it is to, and says so; the one after it
   * finds no room.
   */
  void shortenNthWrite(long n) {
    order("short " + n);
  }

  /**
   * The {@code n}th force of a file from now on fails, and drops what it was to force: it is still
   * read, later forces succeed, and it never reaches the device, as on ext4.
   */
  void dropNthForce(long n) {
    order("drop " + n);
  }

  /**
   * The {@code n}th write from now on writes a part of what it is to, and says so; the next one
   * goes on.
   */
  void writeNthInPart(long n) {
    order("part " + n);
  }

  /**
   * The {@code n}th force of a directory from now on fails, and drops what it was to force: the
   * names are still seen, later forces succeed, and it never reaches the device.
   */
  void dropNthDirectoryForce(long n) {
    order("dropNames " + n);
  }

  /** The {@code n}th call from now on is held until {@link #release}. */
  void holdNth(long n) {
    order("holdNth " + n);
  }

  /**
   * A process is killed at the {@code n}th call from now on that changes something.
   *
   * @param isMade whether the call is made nevertheless
   */
  void killAtNthChange(long n, long pid, boolean isMade) {
    order("strike " + n + " " + pid + (isMade ? " made" : " lost"));
  }

  /** The power fails at the change after so many others: everything fails from then on. */
  void cutAfter(long changes) {
    order("cut " + changes);
  }

  /**
   * Writes fail from now on whose bytes have {@code text} among them. So a device that lies in a
   * file here fails the messages of a spool, and nothing that the file system on it writes of its
   * own, if there is some in each block of a message.
   *
   * @param text letters and digits
   */
  public void failWritesOf(String text) {
    order("failWritesOf " + text);
  }

  /** Ends every failure, but not that of the power. */
  public void heal() {
    order("heal");
  }

  /**
   * Holds calls of these kinds from now on, such as {@code FSYNC} and {@code WRITE}; all, if none
   * is named.
   */
  public void hold(String... calls) {
    order(("hold " + String.join(" ", calls)).strip());
  }

  /** Waits until a call is held. */
  public void awaitHeld() {
    order("awaitHeld");
  }

  /** Lets go what is held, and holds no more. */
  public void release() {
    order("release");
  }

  /**
   * The power fails now, if it has not, and comes back: what was not forced is lost, or not. What
   * is open cannot be used any more.
   */
  public void restart() {
    order("restart");
  }

  /** The process that uses it has died: what it had open cannot be used any more. */
  public void kill() {
    order("kill");
  }

  /** Returns how many calls were to change something since it was last cleared, or armed. */
  public long changing() {
    return counts().changing();
  }

  Counts counts() {
    String[] words = order("counts").split(" ", -1);
    return new Counts(
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]),
        Long.parseLong(words[5]),
        Long.parseLong(words[6]));
  }

  private synchronized String order(String order) {
    String answer;
    try {
      orders.write(order + "\n");
      orders.flush();
      answer = answers.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (answer == null || !answer.startsWith("OK")) {
      throw new UncheckedIOException(new IOException(order + ": " + answer));
    }
    return answer;
  }

  /** Takes it away, whoever has files open or waits for it. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      try {
        orders.close();
      } catch (IOException e) {
        // it has ended by itself
      }
    }
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (isMounted()) {
      Command.run("umount", "-l", directory.toString());
    }
  }

  /** The kernel names it by its real path, in which it writes blanks and backslashes in octal. */
  private boolean isMounted() throws IOException {
    String written =
        directory
            .toString()
            .replace("\\", "\\134")
            .replace(" ", "\\040")
            .replace("\t", "\\011")
            .replace("\n", "\\012");
    String mounts = new String(Files.readAllBytes(Path.of("/proc/mounts")), StandardCharsets.UTF_8);
    return mounts.contains(" " + written + " ");
  }
}
