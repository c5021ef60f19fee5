package dev.spool.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.HealthLatch.ProbeToken;
import dev.spool.support.ScanCall;
import dev.spool.support.WriteCall;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sorted map, and a count of its bytes. Reads take no lock; a write holds it while it changes
 * both, so that the count is right at any time.
 *
 * <p>Room has two marks, as on a disk: a store that does not fit latches the health, unless a fifth
 * is free (then it was that one message which was too large), and the latch opens when a fifth is
 * free again.
 */
final class MemoryEngine implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryEngine.class);

  private final EngineContext context;
  private final long maxBytes;
  private final NameClaim claim;
  private final ConcurrentSkipListMap<SpoolId, byte[]> messages = new ConcurrentSkipListMap<>();
  private final Object lock = new Object();

  @GuardedBy("lock")
  private long bytes;

  /** Whether a store that did not fit has latched the health. Written under the lock. */
  @GuardedBy("lock")
  private boolean full;

  MemoryEngine(EngineContext context, long maxBytes, NameClaim claim) {
    this.context = context;
    this.maxBytes = maxBytes;
    this.claim = claim;
  }

  @Override
  public void write(WriteCall call) {
    if (!call.join()) {
      return;
    }
    byte[] data = call.data();
    SpoolException failure = data == null ? remove(call.id()) : store(call.id(), data);
    if (failure == null) {
      call.succeed();
    } else {
      call.fail(failure);
    }
  }

  private @Nullable SpoolException store(SpoolId id, byte[] data) {
    synchronized (lock) {
      byte[] before = messages.get(id);
      long after = bytes - length(before) + data.length;
      if (after <= maxBytes) {
        messages.put(id, data); // handed over: nobody modifies it
        bytes = after;
        return null;
      }
      SpoolFullException failure =
          new SpoolFullException(
              data.length
                  + " bytes do not fit: "
                  + bytes
                  + " of maxBytes="
                  + maxBytes
                  + " are taken",
              null);
      if (!fifthIsFree()) {
        full = true;
        context.health().spaceFailed(failure.detail(), failure);
      }
      return failure;
    }
  }

  private @Nullable SpoolException remove(SpoolId id) {
    boolean room;
    synchronized (lock) {
      bytes -= length(messages.remove(id));
      room = full && fifthIsFree();
      if (room) {
        full = false;
        context.health().spaceOk();
      }
    }
    if (room) {
      // No storage has to prove itself, so there is nothing to wait for.
      ProbeToken token = context.health().probeToken();
      boolean unused = context.health().probeSucceeded(token);
    }
    return null;
  }

  @GuardedBy("lock")
  private boolean fifthIsFree() {
    return maxBytes - bytes >= maxBytes / 5;
  }

  private static long length(byte @Nullable [] data) {
    return data == null ? 0 : data.length;
  }

  @Override
  public byte[] load(SpoolId id) {
    byte[] data = messages.get(id);
    if (data == null) {
      throw new MessageNotFoundException(id);
    }
    return data.clone();
  }

  /** The map's iterator is weakly consistent, by key: each entry that stays is seen once. */
  @Override
  public void scan(ScanCall scan) {
    for (Map.Entry<SpoolId, byte[]> entry : messages.entrySet()) {
      scan.checkCancelled();
      SpoolId id = entry.getKey();
      if (scan.skips(id)) {
        continue;
      }
      if (scan.payloads()) {
        scan.item(id, entry.getValue().clone());
      } else {
        scan.listed(id, entry.getValue().length);
      }
    }
  }

  @Override
  public CleanupReport cleanup() {
    return new CleanupReport(0, 0, Duration.ZERO);
  }

  @Override
  public CompactionReport compact() {
    return CompactionReport.NONE;
  }

  @Override
  public long adviseLowMemory() {
    return 0; // it holds nothing but messages
  }

  /** Nothing in the heap is ever damaged. */
  @Override
  public void quarantine(SpoolId id, Path directory) {
    if (!messages.containsKey(id)) {
      throw new MessageNotFoundException(id);
    }
    throw new SpoolException(
        "message " + id + " is whole",
        "message " + id + " is whole, and stays",
        Outcome.NOT_APPLIED,
        null);
  }

  @Override
  public void probe() {}

  @Override
  public @Nullable DiskSpace space() {
    return null;
  }

  @Override
  public List<Figure> figures() {
    long taken;
    synchronized (lock) {
      taken = bytes;
    }
    return List.of(
        new Figure("messages", Kind.GAUGE, "messages", messages.size(), "Messages that are kept."),
        new Figure("memory.bytes", Kind.GAUGE, "bytes", taken, "Bytes of the messages."),
        new Figure("memory.bytes.max", Kind.GAUGE, "bytes", maxBytes, "What they may come to."));
  }

  @Override
  public void stop(Deadline deadline) {
    claim.close();
    int lost = messages.size();
    messages.clear();
    if (lost > 0) {
      LOG.warn(
          "spool {}: closed, and lost what was in memory only: messages: {}", context.name(), lost);
    }
  }
}
