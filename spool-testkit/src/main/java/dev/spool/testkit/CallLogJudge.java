package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.testkit.CallLog.What;
import dev.spool.torture.Content;
import dev.spool.torture.Fault;
import dev.spool.torture.Oracle;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@link CallLog} of a process, and has the {@link Oracle} judge what it says; and looks,
 * when the process is gone, whether all is there that has to be. For one thread at a time.
 */
@SuppressWarnings("EnumOrdinal") // both sides are of one build
final class CallLogJudge {
  private final MemoryMessages messages;
  private final Oracle oracle;
  private final Map<Integer, Writing> writes = new HashMap<>();
  private final Map<Integer, Loading> loads = new HashMap<>();
  private final Map<Integer, Oracle.Reading> scans = new HashMap<>();
  private final List<String> bad = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private long failed;

  private record Writing(Oracle.Write write, Durability level) {}

  private record Loading(Oracle.Reading reading, SpoolId id) {}

  CallLogJudge(MemoryMessages messages) {
    this.messages = messages;
    this.oracle = Oracle.ofKills(messages.payloads());
  }

  /** Reads to the end. */
  void read(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(new BufferedInputStream(in));
    try {
      while (true) {
        int length = data.readInt() - Integer.BYTES;
        if (length < 1 || length > CallLog.LONGEST) {
          throw new IllegalStateException("somebody else has said something: " + length);
        }
        byte[] record = new byte[length];
        data.readFully(record);
        ByteBuffer words = ByteBuffer.wrap(record);
        hear(What.values()[words.get()], words);
      }
    } catch (EOFException e) {
      return; // what was cut off was not said
    }
  }

  private void hear(What what, ByteBuffer words) {
    if (what == What.BAD || what == What.SAID) {
      (what == What.BAD ? bad : said).add(StandardCharsets.UTF_8.decode(words).toString());
      return;
    }
    int call = words.getInt();
    switch (what) {
      case STORE -> {
        SpoolId id = messages.id(words.getInt());
        Durability level = Durability.values()[words.getInt()];
        writes.put(call, new Writing(oracle.storing(id, words.getLong()), level));
      }
      case REMOVE -> {
        SpoolId id = messages.id(words.getInt());
        writes.put(call, new Writing(oracle.removing(id), Durability.values()[words.getInt()]));
      }
      case DONE -> {
        Writing done = known(writes.remove(call));
        done.write.acknowledged(done.level);
      }
      case FAILED -> {
        failed++;
        known(writes.remove(call)).write.failed(Outcome.values()[words.getInt()]);
      }
      case LOAD -> loads.put(call, new Loading(oracle.reading(), messages.id(words.getInt())));
      case LOADED -> {
        Loading loading = known(loads.remove(call));
        loading.reading.loaded(loading.id, content(words));
      }
      case SCAN -> scans.put(call, oracle.reading());
      case SHOWN -> known(scans.get(call)).scanned(messages.id(words.getInt()), content(words));
      case SCANNED -> known(scans.remove(call)).scannedAll();
      case READ_NOTHING -> {
        failed++;
        Loading loading = loads.remove(call);
        (loading == null ? known(scans.remove(call)) : loading.reading).abandon();
      }
      case DAMAGED -> {
        Loading loading = known(loads.remove(call));
        loading.reading.damaged(loading.id);
        loading.reading.abandon();
      }
      default -> throw new AssertionError(what);
    }
  }

  private static Content content(ByteBuffer words) {
    int length = words.getInt();
    byte[] digest = new byte[CallLog.DIGEST];
    words.get(digest);
    return length == CallLog.ABSENT
        ? Content.ABSENT
        : new Content(length, HexFormat.of().formatHex(digest));
  }

  private static <T> T known(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("said of no call that is under way");
    }
    return value;
  }

  /** The process is dead, and this is what it has left. */
  void judge(Spool spool) {
    oracle.struck(Fault.KILL);
    for (int i = 0; i < messages.size(); i++) {
      Oracle.Reading reading = oracle.reading();
      SpoolId id = messages.id(i);
      try {
        reading.loaded(id, Content.of(Check.get(spool.load(id))));
      } catch (MessageNotFoundException e) {
        reading.loaded(id, Content.ABSENT);
      }
    }
    Oracle.Reading reading = oracle.reading();
    try (EntryChannel channel = EntryChannel.bounded(64, 4 << 20)) {
      var scan = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Item item) {
          reading.scanned(item.id(), Content.of(item.data()));
        } else {
          bad.add("taken for damaged: " + entry);
        }
      }
      var unused = Check.get(scan);
    }
    reading.scannedAll();
    try {
      SpoolId id = messages.id(0);
      Check.get(spool.store(id, messages.bytes(0, Integer.MAX_VALUE)));
      Check.get(spool.remove(id, Durability.SYNC, null));
    } catch (SpoolException e) {
      bad.add("afterwards: " + e.detail());
    }
  }

  /** Returns what is not as it has to be. */
  List<String> bad() {
    List<String> all = new ArrayList<>(bad);
    all.addAll(oracle.shownViolations());
    return all;
  }

  List<String> said() {
    return said;
  }

  long acknowledged() {
    return oracle.acknowledged();
  }

  long failed() {
    return failed;
  }

  @Override
  public String toString() {
    return oracle.acknowledged()
        + " writes acknowledged, "
        + failed
        + " calls failed, "
        + oracle.checked()
        + " comparisons; "
        + said;
  }
}
