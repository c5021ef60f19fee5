package dev.spool.cli;

import dev.spool.cli.TortureResult.Verdict;
import dev.spool.torture.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has faults of one kind tried by processes of their own ({@link ScenarioChild}), in pieces: each
 * has a seed of its own, so that what a piece has found can be tried again without the others.
 *
 * @param fault the kind
 * @param address of the spool; only its backend and settings count
 * @param scratch the directory for spools
 * @param log the file that the processes' errors and logs are appended to
 * @param progress is told of what was done
 */
record ScenarioRun(
    TortureFault fault, SpoolAddress address, Path scratch, Path log, PrintStream progress) {
  private static final int PIECE = 25;

  /** A piece that has begun may take so long beyond the time that there is. */
  private static final Duration MORE = Duration.ofMinutes(15);

  /** Tries as many as there are to be, or as there is time for. */
  TortureResult run(long seed, int rounds, Duration atMost)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    int done = 0;
    Set<String> without = new LinkedHashSet<>(); // what no piece has shown
    while (done < rounds && (done == 0 || System.nanoTime() < end)) {
      int count = Math.min(PIECE, rounds - done);
      long own = seed + done / PIECE;
      long left = Math.max(0, end - System.nanoTime()) + MORE.toNanos();
      TortureResult result = piece(own, count, Duration.ofNanos(left));
      if (result.verdict() != Verdict.GOOD) {
        return new TortureResult(result.verdict(), result.text() + again(result, own, count));
      }
      List<String> now = List.of(result.text().strip().split("; "));
      if (done == 0) {
        without.addAll(now);
      }
      without.retainAll(now);
      without.remove("");
      done += count;
      progress.println(fault + ": " + Text.count(done) + " of " + Text.count(rounds) + " rounds");
    }
    String shownNothing = without.isEmpty() ? "" : ", without " + String.join("; ", without);
    return new TortureResult(Verdict.GOOD, Text.count(done) + " rounds" + shownNothing);
  }

  private String again(TortureResult result, long seed, int count) {
    return result.verdict() != Verdict.BAD
        ? ""
        : "; again by: spool torture '%s' --faults %s --rounds %d --seed %d"
            .formatted(address, fault, count, seed);
  }

  private TortureResult piece(long seed, int count, Duration limit)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve(fault + "-" + seed));
    List<String> options = new ArrayList<>(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
    options.add("-Dspool.seed=" + seed);
    options.add("-Dspool.rounds=" + count);
    if (ScenarioChild.class.getModule().isNamed()) {
      options.add("--add-modules=dev.spool.testkit"); // the command alone does without it
    }
    String sign = "verdict-" + Long.toHexString(new SecureRandom().nextLong());
    List<String> arguments =
        List.of(
            fault.toString(),
            address.toString(),
            directory.toString(),
            Integer.toString(count),
            sign);
    Process process = ChildJvm.start(ScenarioChild.class, options, arguments, log);
    CompletableFuture<?> tooLate =
        CompletableFuture.runAsync(
            () -> process.toHandle().destroyForcibly(),
            CompletableFuture.delayedExecutor(limit.toSeconds(), TimeUnit.SECONDS));
    String last = last(process, sign + " ");
    int status = process.waitFor();
    boolean inTime = tooLate.cancel(false);
    if (last != null) {
      String[] words = last.split(" ", 3);
      return new TortureResult(Verdict.valueOf(words[1]), words[2]);
    }
    return inTime
        ? new TortureResult(Verdict.BAD, "the process died by itself, with status " + status)
        : new TortureResult(Verdict.NONE, "it had not ended after " + limit.toMinutes() + " min");
  }

  /** Tells of progress; returns the line of the verdict, or null if there was none. */
  private @Nullable String last(Process process, String sign) throws IOException {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(sign)) {
          return line;
        }
        if (!line.isEmpty()) {
          progress.println("  " + Text.printable(line));
        }
      }
    }
    return null;
  }
}
