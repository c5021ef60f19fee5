package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolId;
import dev.spool.cli.TortureResult.Verdict;
import dev.spool.testkit.DamagedFile;
import dev.spool.testkit.FaultyMount;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.ShortageContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.StorageDamageContract;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * The process in which a torture tries what the testkit's contracts try: so a native library that
 * takes its process with it leaves a verdict, and the command itself needs no testkit. What it
 * prints at last is the verdict, behind a sign; what comes before is progress.
 */
final class ScenarioChild {
  /** What a scenario of shortages sets. */
  private static final Map<String, String> QUICK =
      Map.of("errorUnlatchDuration", "300ms", "cleanupInterval", "0");

  /** What that of a spool that recovers in place sets. */
  private static final Map<String, String> RECOVERY =
      Map.of("storeDeadline", "200ms", "loadDeadline", "50ms", "errorUnlatchDuration", "0");

  /** What those of a disk that is slow set. */
  private static final Map<String, String> DEADLINES =
      Map.of(
          "storeDeadline", "200ms",
          "loadDeadline", "200ms",
          "errorLatchDuration", "100ms",
          "errorUnlatchDuration", "0",
          "maxInFlightBytes", "1MiB",
          "maxWaiting", "200",
          "shutdownTimeout", "500ms");

  private ScenarioChild() {}

  /**
   * Tries one kind of fault; seed and number of rounds are system properties of the testkit.
   *
   * @param args the kind, the spool's address, the directory for spools, the number of rounds, the
   *     sign: what the line of the verdict begins with, and nothing that a backend prints
   */
  public static void main(String[] args) {
    PrintStream out = System.out; // which a backend may replace
    endWithParent();
    String verdict;
    try {
      Path directory = Path.of(args[2]);
      AddressFixture fixture = new AddressFixture(new SpoolAddress(args[1]));
      int rounds = Integer.parseInt(args[3]);
      verdict =
          Verdict.GOOD + " " + tryOut(TortureFault.parse(args[0]), fixture, directory, rounds);
    } catch (TestAbortedException e) {
      verdict = Verdict.NOT_RUN + " " + reason(e);
    } catch (IOException | UncheckedIOException | SpoolFullException e) {
      e.printStackTrace();
      verdict = Verdict.NONE + " " + reason(e); // it is the machine that did not go on
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      verdict = Verdict.BAD + " " + reason(e);
    }
    out.print("\n" + args[4] + " " + verdict + "\n"); // a backend may have left a line unfinished
    out.flush();
    Runtime.getRuntime().halt(0); // whatever a spool on a disk that is gone has left behind
  }

  /** Whoever has started this process may be killed. */
  private static void endWithParent() {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (IOException e) {
                // as at the end
              }
              Runtime.getRuntime().halt(0);
            },
            "scenario-parent");
    thread.setDaemon(true);
    thread.start();
  }

  /** Tries it; returns what was left out, if anything was. */
  private static String tryOut(
      TortureFault fault, AddressFixture fixture, Path directory, int rounds) throws IOException {
    String without = "";
    switch (fault) {
      case OPEN -> {
        requireStore(fixture, directory.resolve("first"), null);
        OpeningContract openings = () -> fixture;
        openings.oneOfTwoProcessesGetsItAndIsNotDisturbed(made(directory, "openings"));
      }
      case DAMAGE -> {
        requireStore(fixture, directory.resolve("first"), null);
        Damages damages = new Damages(fixture, rounds);
        damages.damageIsNeverServedAndNeverUnnoticed(made(directory, "regions"));
        damages.arbitraryBytesAreNeverServedAndNeverUnnoticed(made(directory, "mutations"));
      }
      case MOUNT -> without = mounted(fixture, directory);
      case SHORTAGE -> {
        requireStore(fixture, directory.resolve("first"), null);
        if (!fixture.takes(directory.resolve("settings"), QUICK)) {
          throw new TestAbortedException("it has no setting " + String.join(", ", QUICK.keySet()));
        }
        ShortageContract shortages = new Shortages(fixture, rounds);
        shortages.fileDescriptorsAreUsedUp(made(directory, "descriptors"));
        shortages.heapIsUsedUp(made(directory, "heap"));
      }
      case KILL -> throw new IllegalArgumentException("no scenario of the testkit");
    }
    return without;
  }

  private static String mounted(AddressFixture fixture, Path directory) throws IOException {
    try (FaultyMount mount = FaultyMount.in(made(directory, "first"))) {
      requireStore(fixture, mount.directory().resolve("spool"), mount);
    }
    List<String> without = new ArrayList<>();
    MountedFaultContract faults = new MountedFaults(fixture, without);
    faults.powerFailsAtEveryCallThatChangesSomething(made(directory, "power"));
    faults.everyCallFailsOnce(made(directory, "once"));
    faults.everyCallFailsFromThenOn(made(directory, "onwards"));
    faults.everyCallThatWritesIsCutShort(made(directory, "short"));
    faults.everyCallThatForcesFailsAndDropsWhatItWasToForce(made(directory, "forces"));
    faults.everyCallThatForcesADirectoryFailsAndDropsWhatItWasToForce(made(directory, "names"));
    faults.writeThatIsMadeInPartsIsNoFailure(made(directory, "parts"));
    faults.faultsWhileASpoolIsMade(made(directory, "making"));
    KillContract kills = () -> fixture;
    kills.processIsKilledAtEachStep(made(directory, "steps"));
    kills.processIsKilledWhileItMakesASpool(made(directory, "made"));
    if (fixture.takes(directory.resolve("settings"), RECOVERY)) {
      faults.spoolThatHasRecoveredRestsOnNothingThatWasDropped(made(directory, "recovery"));
    } else {
      without.add(
          "a recovery in place, as it has no setting errorUnlatchDuration, or of deadlines");
    }
    if (fixture.takes(directory.resolve("settings"), DEADLINES)) {
      faults.slowCallHoldsNobodyUp(made(directory, "slow"));
      faults.diskThatDoesNotAnswerHoldsNobodyUp(made(directory, "silence"));
      faults.diskThatStallsUnderLoadHoldsNobodyUp(made(directory, "stall"));
    } else {
      without.add("slow calls and stalls, as it has no setting of deadlines");
    }
    try {
      faults.powerFailsUnderLoad(made(directory, "load"));
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this thread", e);
    }
    return String.join("; ", without);
  }

  private static Path made(Path directory, String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  /**
   * A spool that takes nothing without a fault shows nothing; nor does one that keeps what it takes
   * where no fault reaches it.
   *
   * @param beneath what has to be changed by a store; or null
   */
  private static void requireStore(
      SpoolFixture fixture, Path directory, @Nullable FaultyMount beneath) {
    byte[] message = {1, 2, 3};
    SpoolId id = SpoolId.random();
    try (Spool spool = fixture.open(directory, Map.of(), null)) {
      long before = beneath == null ? 0 : beneath.changing();
      spool.store(id, message).join();
      if (beneath != null && beneath.changing() == before) {
        throw new TestAbortedException("it keeps no files there");
      }
      if (!Arrays.equals(spool.load(id).join(), message)) {
        throw new AssertionError("what was stored is not what is loaded, without any fault");
      }
    } catch (SpoolException | CompletionException e) {
      SpoolException failure = SpoolException.unwrap(e);
      failure.printStackTrace();
      throw new TestAbortedException("it takes no message, without a fault: " + failure.detail());
    }
  }

  private static String reason(Throwable failure) {
    String message = failure instanceof SpoolException e ? e.detail() : failure.getMessage();
    String text = message == null ? failure.toString() : message;
    return Text.printable(text.replaceFirst("^.*skipped: ", "").replaceAll("\\s+", " ").strip());
  }

  /** The faults that a torture tries; how many were met, it tells. */
  private record MountedFaults(SpoolFixture fixture, List<String> without)
      implements MountedFaultContract {
    @Override
    public int faultsToMeet(int faults) {
      return 0; // of a few rounds all may come later than a life has ended
    }

    @Override
    public void notMet(String what) {
      without.add(what + ", which was not met");
    }
  }

  /** The shortages that a torture tries. */
  private record Shortages(SpoolFixture fixture, int rounds) implements ShortageContract {
    @Override
    public int shortages() {
      return rounds;
    }
  }

  /**
   * The damages that a torture tries. Whether a format can tell that a file was deleted, or written
   * anew as a whole, only its backend's own test knows.
   */
  private record Damages(SpoolFixture fixture, int rounds) implements StorageDamageContract {
    /**
     * Not what RocksDB writes for people; with any other backend a log is a file like all others.
     */
    @Override
    public boolean isStorage(Path file) {
      boolean forPeople = isRocks() && String.valueOf(file.getFileName()).startsWith("LOG");
      return StorageDamageContract.super.isStorage(file) && !forPeople;
    }

    @Override
    public boolean canGoUnnoticed(DamagedFile damage, Path image, Path damaged) {
      return damage.kind() == DamagedFile.Kind.DELETE || damage.kind() == DamagedFile.Kind.MUTATE;
    }

    @Override
    public boolean tellsAgain() {
      return !isRocks();
    }

    private boolean isRocks() {
      return fixture.uri(Path.of("spool")).startsWith("rocksdb:");
    }

    @Override
    public int damagesInShort() {
      return rounds;
    }

    @Override
    public int mutations() {
      return rounds;
    }
  }
}
