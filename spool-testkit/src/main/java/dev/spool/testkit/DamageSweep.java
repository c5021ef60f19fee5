package dev.spool.testkit;

import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.torture.ChildJvm;
import dev.spool.torture.Content;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tries the damages, one after the other, each on a copy of the spool of its own; a child opens the
 * copies, so that what it dies of, or hangs at, is known by the copy. For one thread.
 */
final class DamageSweep implements AutoCloseable {
  private static final long LIMIT_SECONDS = 90;

  /** Of how many spools that open one is opened again. */
  private static final int EACH = 10;

  /** Now and then a mutation is what was there before; not so many times. */
  private static final int SPARE = 10;

  private final StorageDamageContract contract;
  private final Path image;
  private final Path work;
  private final Map<SpoolId, Content> there = new LinkedHashMap<>();
  private final Map<SpoolId, Content> removed = new LinkedHashMap<>();
  private final Map<SpoolId, Content> last = new LinkedHashMap<>();
  private final List<String> broken = new ArrayList<>();
  private final Map<DamagedFile.Kind, Integer> tried = new EnumMap<>(DamagedFile.Kind.class);
  private @Nullable Process process;
  private @Nullable BufferedReader output;
  private int cases;
  private int planned;
  private int refused;
  private int reported;
  private int harmless;
  private int again;

  /** A message was missing, or a removed one back, and nothing was said of it. */
  private int unnoticed;

  /** Something that is tried. */
  @FunctionalInterface
  interface Trial {
    void run(DamageSweep sweep) throws IOException;
  }

  /**
   * What is in the spool.
   *
   * @param there what has to be there
   * @param removed what was there before
   * @param last what may be there
   */
  record Contents(
      Map<SpoolId, byte[]> there, Map<SpoolId, byte[]> removed, Map<SpoolId, byte[]> last) {}

  DamageSweep(StorageDamageContract contract, Path image, Path work, Contents contents) {
    this.contract = contract;
    this.image = image;
    this.work = work;
    contents.there.forEach((id, data) -> there.put(id, Content.of(data)));
    contents.removed.forEach((id, data) -> removed.put(id, Content.of(data)));
    contents.last.forEach((id, data) -> last.put(id, Content.of(data)));
  }

  /** Returns how many were to be tried: as many as were asked for, or as there are. */
  int planned() {
    return planned;
  }

  /** Returns how many have changed something. */
  int tried() {
    return cases;
  }

  int noticed() {
    return refused + reported;
  }

  List<String> broken() {
    return broken;
  }

  @Override
  public String toString() {
    return cases
        + " damages "
        + tried
        + ": "
        + refused
        + " refused, "
        + reported
        + " reported, "
        + harmless
        + " without effect, "
        + unnoticed
        + " unnoticed, as the format cannot tell; "
        + again
        + " opened again";
  }

  /** Tries every region of every file; in the short form some of them, at random. */
  void run() throws IOException {
    List<DamagedFile> all = new ArrayList<>();
    List<Path> files = files(image);
    for (Path file : files) {
      all.addAll(DamagedFile.all(image, file, files));
    }
    int most = Stress.count(contract.damagesInShort(), all.size());
    Collections.shuffle(all, new Random(Stress.seed())); // every third or so would be of one kind
    run(all, most);
  }

  /** Tries as many mutations. */
  void mutate(int count) throws IOException {
    run(DamagedFile.mutations(files(image), Stress.seed(), count + SPARE), count);
  }

  /**
   * Whoever finds something wrong with what was not damaged tells nothing by what he says later.
   */
  private void requireWhole() throws IOException {
    Path spool = work.resolve("whole");
    copy(image, spool, path -> true);
    List<String> answer = ask(spool);
    if (answer.isEmpty()
        || !answer.get(0).equals("OPENED " + SpoolHealth.State.HEALTHY)
        || answer.stream().anyMatch(line -> line.matches("(FAILED|CORRUPT|UNTYPED).*"))) {
      broken.add("without any damage: " + answer);
    }
    delete(spool);
  }

  /** Tries them until so many have changed something. */
  private void run(List<DamagedFile> all, int most) throws IOException {
    planned = Math.min(most, all.size());
    if (all.isEmpty()) {
      return;
    }
    requireWhole();
    for (int i = 0; i < all.size() && cases < most && broken.size() < 20; i++) {
      Path spool = work.resolve("s" + i);
      copy(image, spool, path -> true);
      if (all.get(i).to(spool)) {
        cases++;
        tried.merge(all.get(i).kind(), 1, Integer::sum);
        judge(all.get(i), spool);
      }
      delete(spool);
    }
  }

  private void judge(DamagedFile damage, Path spool) throws IOException {
    Map<Path, Content> before = contents(spool);
    boolean canGoUnnoticed = contract.canGoUnnoticed(damage, image, spool);
    Set<SpoolId> owed = new TreeSet<>(there.keySet());
    owed.removeAll(contract.mayBeMissing(damage, image, Set.copyOf(owed)));
    List<String> lines = ask(spool);
    if (lines.isEmpty() || !lines.get(lines.size() - 1).equals("END")) {
      broken.add(damage + ": the process hangs or died: " + lines);
      stop();
      return;
    }
    if (lines.get(0).startsWith("REFUSED")) {
      refused++;
      if (!owed.isEmpty()) {
        broken.add(damage + ": refused, though nothing of these was hit: " + owed + lines.get(0));
      }
      Map<Path, Content> after = contents(spool);
      after.keySet().retainAll(before.keySet());
      if (!after.equals(before)) {
        broken.add(damage + ": refused, and changed: " + lines.get(0));
      }
      return;
    }
    DamageAnswer answer = new DamageAnswer(lines, there, removed, last);
    if (cases % EACH == 0) {
      judgeAgain(damage, spool, answer, canGoUnnoticed);
    }
    answer.wrong().forEach(wrong -> broken.add(damage + ": " + wrong));
    owed.removeAll(answer.served());
    if (!owed.isEmpty()) {
      broken.add(damage + ": not served, though nothing of these was hit: " + owed + lines);
    }
    if (answer.told()) {
      reported++;
    } else if (answer.lacks().isEmpty() && answer.back().isEmpty()) {
      harmless++;
    } else {
      unnoticed++;
      requireThatNobodyCouldKnow(damage, canGoUnnoticed, answer);
    }
  }

  /** Whoever opens it again is shown no less, and is told of it likewise. */
  private void judgeAgain(
      DamagedFile damage, Path spool, DamageAnswer first, boolean canGoUnnoticed)
      throws IOException {
    Map<SpoolId, Content> all = new LinkedHashMap<>(there);
    all.putAll(first.stored());
    List<String> lines = ask(spool, all.keySet());
    if (lines.isEmpty() || !lines.get(lines.size() - 1).equals("END")) {
      broken.add(damage + ": opened again, the process hangs or died: " + lines);
      stop();
      return;
    }
    again++;
    DamageAnswer second = new DamageAnswer(lines, all, removed, last);
    second.wrong().forEach(wrong -> broken.add(damage + ": opened again, " + wrong));
    Set<SpoolId> owed = new TreeSet<>(first.served());
    owed.retainAll(there.keySet());
    owed.addAll(first.stored().keySet());
    owed.removeAll(second.served());
    if (!owed.isEmpty()) {
      broken.add(damage + ": opened again, it does not serve " + owed + " any more: " + lines);
    }
    if (!second.told() && !second.lacks().isEmpty() && contract.tellsAgain() && !canGoUnnoticed) {
      broken.add(damage + ": opened again, healthy, and missing " + second.lacks());
    }
  }

  private void requireThatNobodyCouldKnow(
      DamagedFile damage, boolean canGoUnnoticed, DamageAnswer answer) {
    if (!answer.lacks().isEmpty() && !canGoUnnoticed) {
      broken.add(damage + ": healthy, and missing " + answer.lacks());
    }
    boolean mayComeBack = damage.kind() == DamagedFile.Kind.MUTATE && canGoUnnoticed;
    if (!answer.back().isEmpty() && !mayComeBack) {
      broken.add(damage + ": healthy, and there again, though removed: " + answer.back());
    }
  }

  // The child

  private List<String> ask(Path spool) throws IOException {
    return ask(spool, there.keySet());
  }

  private List<String> ask(Path spool, Set<SpoolId> ids) throws IOException {
    Process child = process;
    BufferedReader said = output;
    if (child == null || said == null || !child.isAlive()) {
      child =
          ChildJvm.start(
              DamageChild.class,
              List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
              List.of(),
              work.resolveSibling("damage.log"));
      said = child.inputReader(StandardCharsets.UTF_8);
      process = child;
      output = said;
    }
    StringBuilder question = new StringBuilder(contract.fixture().uri(spool));
    ids.forEach(id -> question.append(' ').append(id));
    removed.keySet().forEach(id -> question.append(' ').append(id));
    child
        .getOutputStream()
        .write(question.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    child.getOutputStream().flush();
    BufferedReader lines = said;
    List<String> answer = new ArrayList<>();
    CompletableFuture<?> reading = CompletableFuture.runAsync(() -> read(lines, answer));
    try {
      reading.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return answer;
    } catch (TimeoutException | ExecutionException e) {
      return List.of(e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static void read(BufferedReader lines, List<String> answer) {
    try {
      String line;
      do {
        line = lines.readLine();
        if (line != null) {
          answer.add(line);
        }
      } while (line != null && !line.equals("END"));
    } catch (IOException e) {
      answer.add(e.toString());
    }
  }

  private void stop() {
    Process child = process;
    if (child != null) {
      child.destroyForcibly().onExit().join();
    }
    process = null;
  }

  @Override
  public void close() {
    stop();
  }

  // Files

  private List<Path> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile)
          .filter(contract::isStorage)
          .map(directory::relativize)
          .sorted()
          .toList();
    }
  }

  private Map<Path, Content> contents(Path directory) throws IOException {
    Map<Path, Content> contents = new LinkedHashMap<>();
    for (Path file : files(directory)) {
      contents.put(file, Content.of(Files.readAllBytes(directory.resolve(file))));
    }
    return contents;
  }

  static void copy(Path from, Path to, Predicate<Path> which) throws IOException {
    // What is at the top first: of a spool in use that is what says which files there are to be.
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : walk.sorted(Comparator.comparingInt(Path::getNameCount)).toList()) {
        if (!Files.isDirectory(path) && !which.test(path)) {
          continue;
        }
        Path target = to.resolve(from.relativize(path));
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          copyIfThere(path, target);
        }
        if (!Files.exists(target)) {
          continue;
        }
        Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(path));
      }
    }
  }

  /** What a live spool is just making or deleting may be gone by now, as after a crash. */
  private static void copyIfThere(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to);
    } catch (NoSuchFileException e) {
      Files.deleteIfExists(to);
    }
  }

  static void delete(Path directory) throws IOException {
    Path[] all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toArray(Path[]::new);
    }
    for (Path path : Arrays.asList(all)) {
      Files.deleteIfExists(path);
    }
  }
}
