package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.testkit.PowerCutDisk;
import dev.spool.testkit.PowerCutDisk.PowerFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Drives a journal with random calls over a disk whose power fails, and compares it with what was
 * acknowledged, which is all that a plain map has to remember.
 *
 * <p>All of it follows from one seed: the calls, when the power fails, and what it leaves.
 */
final class JournalModel {
  private static final Path DIRECTORY = Path.of("/journal");
  private static final UUID STORE = new UUID(1, 2);
  private static final int ABSENT = 0;
  private static final int SEGMENT = 16 * Format.BLOCK;
  private static final int BUFFER = 2 * Format.BLOCK;

  private final SplittableRandom random;
  private final Map<Step, Integer> weights;
  private final Rules rules;
  private final PowerCutDisk disk;
  private final List<Message> messages = new ArrayList<>();

  /** The lengths of all versions of all messages, which make their bytes. */
  private final List<Integer> lengths = new ArrayList<>(List.of(0));

  /** What was written since the last commit. */
  private final List<Written> group = new ArrayList<>();

  private Set<Integer> distrusted = new HashSet<>();
  private @Nullable Journal journal;
  private @Nullable Compaction compaction;

  /** Who reads beside the writer, from now and then to the next opening. */
  private @Nullable Follower follower;

  private final StringBuilder history = new StringBuilder();

  private long crashes;

  /** One id, and what it may be. */
  private static final class Message {
    final SpoolId id;

    /**
     * What survives a power cut; then, in order, what was written since. A version is a number; 0
     * is none.
     */
    final List<Integer> states = new ArrayList<>(List.of(ABSENT));

    /** Which of the states was acknowledged last, at any level. */
    int acknowledged;

    Message(SpoolId id) {
      this.id = id;
    }

    void settled(int version) {
      states.clear();
      states.add(version);
      acknowledged = 0;
    }
  }

  private record Written(Message message, int version) {}

  JournalModel(long seed, Rules rules) {
    this.random = new SplittableRandom(seed);
    this.weights = weights(random);
    this.rules = rules;
    this.disk = new PowerCutDisk(random.split());
    try {
      disk.createDirectories(DIRECTORY);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    int count = 1 + random.nextInt(24);
    for (int i = 0; i < count; i++) {
      messages.add(new Message(SpoolId.at(Instant.ofEpochMilli(1000 + i))));
    }
  }

  /** Returns what happened, one word a call. */
  String history() {
    return history.toString();
  }

  long crashes() {
    return crashes;
  }

  void run(int steps) {
    open(false);
    for (int i = 0; i < steps; i++) {
      step();
    }
    if (random.nextInt(3) == 0) {
      lose();
    } else {
      drain();
    }
  }

  // Calls

  /** What can be done, how often on average; each run has favourites of its own. */
  private enum Step {
    STORE(380),
    REMOVE(200),
    WRITE(100),
    SYNC(120),
    RECLAIM(50),
    PREPARE(30),
    COMPACT(70),
    SEAL(40),
    CHECK(15),
    FOLLOW(40),
    FORCE_WILL_FAIL(10),
    POWER_WILL_FAIL(15),
    CLOSE(3),
    KILL(4),
    POWER_FAILS(3);

    final int weight;

    Step(int weight) {
      this.weight = weight;
    }
  }

  private static Map<Step, Integer> weights(SplittableRandom random) {
    Map<Step, Integer> weights = new EnumMap<>(Step.class);
    for (Step step : Step.values()) {
      int[] factors = {1, 4, 4, 4, 12};
      weights.put(step, step.weight * factors[random.nextInt(factors.length)]);
    }
    return weights;
  }

  private Step nextStep() {
    int at = random.nextInt(weights.values().stream().mapToInt(Integer::intValue).sum());
    for (Map.Entry<Step, Integer> each : weights.entrySet()) {
      at -= each.getValue();
      if (at < 0) {
        return each.getKey();
      }
    }
    throw new AssertionError();
  }

  private void step() {
    Step step = nextStep();
    attempt(() -> step(step));
  }

  private void step(Step step) throws IOException {
    journal().expect(random.nextBoolean(), random.nextBoolean());
    switch (step) {
      case STORE -> store();
      case REMOVE -> remove();
      case WRITE -> commit(false);
      case SYNC -> commit(true);
      case RECLAIM -> {
        note("reclaim");
        journal().reclaim();
      }
      case PREPARE -> {
        note("prepare");
        if (random.nextInt(3) == 0) {
          journal().pool().addFree(journal().segments().make(SegmentHeader.State.FREE, SEGMENT));
        }
        journal().prepare();
      }
      case SEAL -> seal();
      case COMPACT -> compact();
      case CHECK -> check(pick());
      case FOLLOW -> follow();
      case FORCE_WILL_FAIL -> {
        note("force-will-fail");
        disk.failNextForce();
      }
      case POWER_WILL_FAIL -> {
        int changes = random.nextInt(12);
        note("power-fails-in-" + changes);
        disk.cutAfter(changes);
      }
      case CLOSE -> {
        note("close");
        commit(true);
        journal().end();
        journal().close();
        disk.kill();
        open(false);
      }
      case KILL -> killed();
      case POWER_FAILS -> powerFailed();
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private void attempt(Call call) {
    try {
      call.run();
    } catch (PowerFailure e) {
      if (random.nextInt(4) == 0) {
        killed();
      } else {
        powerFailed();
      }
    } catch (IOException e) {
      if (journal().isBroken()) {
        note("broken");
        open(false);
      } else {
        note("no-room"); // of a compaction, which goes on later
      }
    }
  }

  private void powerFailed() {
    crashes++;
    note("POWER");
    disk.restart();
    distrusted = new HashSet<>();
    open(true);
  }

  /** The process ends, maybe in the midst of a call, and the machine does not. */
  private void killed() {
    note("KILLED");
    disk.kill();
    distrusted = new HashSet<>();
    open(false);
  }

  private Journal journal() {
    Journal open = journal;
    if (open == null) {
      throw new AssertionError("not open");
    }
    return open;
  }

  private void note(String what) {
    history.append(what).append(' ');
  }

  private Message pick() {
    return messages.get(random.nextInt(messages.size()));
  }

  private void store() throws IOException {
    Message message = pick();
    int version = lengths.size();
    lengths.add(length());
    note("store:" + messages.indexOf(message) + "=" + version);
    write(message, version, () -> journal().store(message.id, bytes(version)));
  }

  /** A call that fails without breaking the journal was not carried out. */
  private void write(Message message, int version, Call call) throws IOException {
    message.states.add(version);
    group.add(new Written(message, version));
    try {
      call.run();
    } catch (IOException e) {
      if (journal().isBroken()) {
        throw e;
      }
      note("refused");
      message.states.remove(message.states.size() - 1);
      group.remove(group.size() - 1);
    }
  }

  private int length() {
    int kind = random.nextInt(100);
    return kind < 3
        ? SEGMENT - random.nextInt(200)
        : kind < 30 ? random.nextInt(12_000) : random.nextInt(1000);
  }

  private byte[] bytes(int version) {
    byte[] bytes = new byte[lengths.get(version)];
    new SplittableRandom(version).nextBytes(bytes);
    return bytes;
  }

  private void remove() throws IOException {
    Message message = pick();
    note("remove:" + messages.indexOf(message));
    write(
        message,
        ABSENT,
        () -> {
          boolean unused = journal().remove(message.id);
        });
  }

  private void commit(boolean sync) throws IOException {
    note(sync ? "SYNC" : "write");
    if (sync) {
      journal().force();
    } else {
      journal().write();
    }
    for (Written written : group) {
      acknowledge(written, sync);
    }
    group.clear();
  }

  private static void acknowledge(Written written, boolean sync) {
    Message message = written.message;
    int at = message.states.indexOf(written.version);
    if (written.version == ABSENT) {
      at = message.states.lastIndexOf(ABSENT); // the latest in this group, if there are several
    }
    if (at < 0) {
      return; // a later one of this group was acknowledged already
    }
    message.acknowledged = Math.max(message.acknowledged, at);
    if (sync) {
      message.states.subList(0, at).clear();
      message.acknowledged -= at;
    }
  }

  /** Has a segment sealed as another thread would, and then, or later, the journal told. */
  private void seal() throws IOException {
    Sealing sealing = journal().takeSealing();
    if (sealing != null) {
      note("seal:" + sealing.segment().number());
      try {
        sealing.complete();
      } catch (IOException e) {
        note("failed"); // the journal will find out
      }
    }
    if (random.nextBoolean()) {
      note("sealed");
      journal().noteSealed();
    }
  }

  private void compact() throws IOException {
    Compaction running = compaction;
    if (running == null) {
      running = Compaction.candidate(journal(), 1.0).map(this::begin).orElse(null);
      compaction = running;
    }
    if (running == null) {
      return;
    }
    if (random.nextBoolean()) {
      note("read:" + running.segment().number());
      running.read(random.nextInt(20_000));
    } else {
      note("copy:" + running.segment().number());
      if (running.append()) {
        compaction = null;
      }
    }
  }

  private Compaction begin(Segment segment) {
    try {
      return Compaction.begin(journal(), rules, segment);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // Opening, and what must be there

  /** Opens until it works, and checks everything. */
  private void open(boolean afterPowerCut) {
    boolean cut = afterPowerCut;
    compaction = null;
    follower = null;
    while (true) {
      if (random.nextInt(4) == 0) {
        disk.cutAfter(random.nextInt(12));
      }
      try {
        Replay.Opened opened = Replay.open(newSegments(), rules, distrusted, BUFFER);
        journal = opened.journal();
        disk.cutAfter(-1);
        require(opened.damages().isEmpty(), "damage without a name: " + opened.damages());
        settle(cut);
        return;
      } catch (PowerFailure e) {
        distrusted = new HashSet<>();
        if (random.nextInt(4) == 0) {
          note("KILLED");
          disk.kill();
        } else {
          crashes++;
          note("POWER");
          cut = true;
          disk.restart();
        }
      } catch (IOException e) {
        note("opening-failed");
      }
    }
  }

  /** Compares all with what may be; what is there now has been synced by the opening. */
  private void settle(boolean afterPowerCut) {
    note("opened");
    group.clear();
    Set<SpoolId> there = new HashSet<>();
    for (Message message : messages) {
      int from = afterPowerCut ? 0 : message.acknowledged;
      List<Integer> allowed = message.states.subList(from, message.states.size());
      int found = version(message, allowed);
      if (found != ABSENT) {
        there.add(message.id);
      }
      message.settled(found);
    }
    Set<SpoolId> indexed = Journals.ids(journal().index());
    require(indexed.equals(there), "the index holds " + indexed + ", and not " + there);
  }

  private void check(Message message) {
    if (group.stream().noneMatch(written -> written.message == message)) {
      int last = message.states.get(message.states.size() - 1);
      version(message, List.of(last));
    }
  }

  /** Who only reads sees what is written, once it has caught up. */
  private void follow() throws IOException {
    if (!group.isEmpty()) {
      return; // of which a part may have been written
    }
    note("follow");
    Follower reader = follower;
    if (reader == null || random.nextInt(20) == 0) {
      reader = new Follower(newSegments(), rules);
      follower = reader;
    }
    reader.catchUp();
    Index found = reader.journal().index();
    require(found.size() == journal().index().size(), "the reader has " + found.size());
    for (Message message : messages) {
      boolean same = Arrays.equals(load(reader.journal(), message), load(journal(), message));
      require(same, "the reader has another message " + messages.indexOf(message));
    }
  }

  private Segments newSegments() {
    return new Segments(disk, DIRECTORY, STORE, SEGMENT, rules, random.split());
  }

  /** Returns the version that a message has, which must be one of those allowed. */
  private int version(Message message, List<Integer> allowed) {
    byte[] found = load(journal(), message);
    for (int version : allowed) {
      if (version == ABSENT ? found == null : Arrays.equals(found, bytes(version))) {
        return version;
      }
    }
    throw new AssertionError(
        "message "
            + messages.indexOf(message)
            + (found == null ? " is absent" : " has " + found.length + " bytes, of " + known(found))
            + ", and may be "
            + allowed);
  }

  private String known(byte[] found) {
    for (int version = 1; version < lengths.size(); version++) {
      if (lengths.get(version) == found.length && Arrays.equals(found, bytes(version))) {
        return "version " + version;
      }
    }
    return "no version";
  }

  private static byte @Nullable [] load(Journal from, Message message) {
    try {
      return from.load(message.id);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (Damage e) {
      throw new AssertionError(e.location() + ": " + e.error(), e);
    }
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  // The end

  /**
   * Somebody deletes a segment of what a crash has left. Either it is missed, or nothing was in it
   * that has to be there.
   */
  private void lose() {
    boolean power = random.nextBoolean();
    note(power ? "POWER" : "KILLED");
    if (power) {
      disk.restart();
    } else {
      disk.kill();
    }
    try {
      List<Path> segments = new ArrayList<>();
      disk.list(DIRECTORY, segments::add);
      if (segments.isEmpty()) {
        return;
      }
      Path lost = segments.get(random.nextInt(segments.size()));
      note("lose:" + lost);
      require(disk.deleteIfExists(lost), "it is there");
      disk.forceDirectory(DIRECTORY);
      Replay.Opened opened = Replay.open(newSegments(), rules, new HashSet<>(), BUFFER);
      journal = opened.journal();
      if (opened.damages().isEmpty()) {
        settle(power);
      } else {
        require(
            opened.damages().size() == 1
                && opened.damages().get(0).location().equals(lost.toString()),
            "damage of something else: " + opened.damages());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** When all is removed, nothing pins a segment but the one that is written. */
  private void drain() {
    disk.kill();
    open(false);
    disk.cutAfter(-1);
    try {
      for (Message message : messages) {
        boolean unused = journal().remove(message.id);
      }
      commit(true);
      for (int i = 0; i < 1000 && journal().pool().present().size() > 1; i++) {
        journal().force();
        journal().reclaim();
        Compaction next = Compaction.candidate(journal(), 1.0).map(this::begin).orElse(null);
        if (next != null) {
          next.read(Long.MAX_VALUE);
          require(next.append(), "a compaction that does not end");
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    require(
        journal().pool().present().size() <= 1,
        "an empty journal keeps " + journal().pool().present());
  }
}
