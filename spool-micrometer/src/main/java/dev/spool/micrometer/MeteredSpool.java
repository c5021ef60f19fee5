package dev.spool.micrometer;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures every call of a spool, and publishes all that the spool says of itself, as {@link
 * SpoolMetrics} does.
 *
 * <pre>{@code
 * Spool spool = new MeteredSpool(Spools.open("rocksdb:/var/spool/app"), registry);
 * }</pre>
 *
 * <p>A timer with a percentile histogram for each kind of call: how long those took that succeeded;
 * of stores and removals one for each durability. A counter of failures for each kind of call and
 * of failure, and one of failures whose outcome is unknown. The bytes that were stored and loaded,
 * the entries that scans met, and the calls under way. All meters have the tags {@code spool} (the
 * spool's name) and {@code backend}, and are listed in {@code docs/metrics.md}.
 *
 * <p>Calls, their results, their failures and the threads that they complete on are the wrapped
 * spool's. Cancelling a future cancels the wrapped spool's. What a registry throws while it counts
 * never reaches a call: it is logged once.
 *
 * <p>Closing this spool closes the wrapped one. Once that has succeeded the meters are removed,
 * before the caller hears of it: so a spool that is opened again under its old name starts with
 * meters of its own. After a shutdown that failed they stay, to show what is left.
 *
 * <p>Safe for use by any thread.
 */
public final class MeteredSpool implements Spool {
  private final Spool wrapped;
  private final SpoolMetrics figures;
  private final Registration registration;
  private final Complaint complaint;

  /** One for each call. Constant after construction. */
  private final Map<MeteredCall, CallMeters> calls = new EnumMap<>(MeteredCall.class);

  private final Counter bytesIn;
  private final Counter bytesOut;
  private final Counter items;
  private final Counter corrupt;
  private final Counter skipped;

  /**
   * Wraps a spool, and registers its meters, in the place of those of an older spool of the same
   * name and backend.
   *
   * @throws RuntimeException what the registry refuses a meter with; the spool is left open then,
   *     and nothing registered
   */
  public MeteredSpool(Spool wrapped, MeterRegistry registry) {
    this(wrapped, registry, Tags.empty());
  }

  /**
   * Wraps a spool, and registers its meters, in the place of those of an older spool of the same
   * name, backend and tags.
   *
   * @param tags tags that every meter has in addition
   * @throws RuntimeException what the registry refuses a meter with; the spool is left open then,
   *     and nothing registered
   */
  public MeteredSpool(Spool wrapped, MeterRegistry registry, Iterable<Tag> tags) {
    this(wrapped, registry, tags, System::nanoTime);
  }

  MeteredSpool(Spool wrapped, MeterRegistry registry, Iterable<Tag> tags, LongSupplier nanoTime) {
    this.wrapped = Objects.requireNonNull(wrapped, "wrapped");
    SpoolStats stats = wrapped.stats();
    Tags all = SpoolMetrics.identity(stats).and(tags);
    figures = new SpoolMetrics(wrapped, tags, nanoTime);
    registration = new Registration(registry, null);
    complaint = new Complaint(stats.name());
    try {
      for (MeteredCall call : MeteredCall.values()) {
        calls.put(call, new CallMeters(call, registration, all, nanoTime, complaint));
      }
      bytesIn = bytes("spool.payload.in", all, "Bytes of messages that were stored.");
      bytesOut = bytes("spool.payload.out", all, "Bytes of messages that were loaded.");
      items = entries("item", all);
      corrupt = entries("corrupt", all);
      skipped = entries("skipped", all);
      figures.bindTo(registry);
    } catch (RuntimeException | Error e) {
      registration.remove();
      throw e;
    }
  }

  private Counter bytes(String name, Tags tags, String description) {
    return CallMeters.counter(registration, name, tags, "bytes", description);
  }

  private Counter entries(String found, Tags tags) {
    return CallMeters.counter(
        registration,
        "spool.scan.entries",
        tags.and("entry", found),
        null,
        "Entries that complete scans met: whole, damaged, or created too late.");
  }

  // The calls

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return meters(MeteredCall.LOAD)
        .measure(() -> wrapped.load(id), data -> bytesOut.increment(data.length));
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return meters(MeteredCall.STORE)
        .measure(
            durability,
            () -> wrapped.store(id, data, durability, deadline),
            done -> bytesIn.increment(data.length));
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return meters(MeteredCall.REMOVE)
        .measure(durability, () -> wrapped.remove(id, durability, deadline), done -> {});
  }

  @Override
  public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return meters(MeteredCall.ENUMERATE)
        .measure(() -> wrapped.enumerate(channel, startTime), this::scanned);
  }

  @Override
  public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    return meters(MeteredCall.LIST).measure(() -> wrapped.list(channel, startTime), this::scanned);
  }

  private void scanned(ScanReport report) {
    items.increment((double) report.items());
    corrupt.increment((double) report.corrupt());
    skipped.increment((double) report.skipped());
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return meters(MeteredCall.CLEANUP).measure(wrapped::cleanup, done -> {});
  }

  @Override
  public CompletableFuture<CompactionReport> compact() {
    return meters(MeteredCall.COMPACT).measure(wrapped::compact, done -> {});
  }

  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    return meters(MeteredCall.ADVISE_LOW_MEMORY).measure(wrapped::adviseLowMemory, done -> {});
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    return meters(MeteredCall.QUARANTINE)
        .measure(() -> wrapped.quarantine(id, directory), done -> {});
  }

  private CallMeters meters(MeteredCall call) {
    return Objects.requireNonNull(calls.get(call));
  }

  // The end

  @Override
  public CompletableFuture<Void> shutdown() {
    return meters(MeteredCall.SHUTDOWN).measure(wrapped::shutdown, done -> removeMeters());
  }

  /**
   * As the wrapped spool closes, which may do so in a callback where waiting would wait for ever.
   */
  @Override
  public void close() {
    try {
      wrapped.close();
    } catch (RuntimeException e) {
      meters(MeteredCall.SHUTDOWN).count(e);
      throw e;
    }
    try {
      removeMeters();
    } catch (RuntimeException e) {
      complaint.about(e);
    }
  }

  private void removeMeters() {
    figures.close();
    registration.remove();
  }

  // Health and figures

  @Override
  public @Nullable String unhealthyReason() {
    return wrapped.unhealthyReason();
  }

  @Override
  public SpoolHealth health() {
    return wrapped.health();
  }

  @Override
  public SpoolStats stats() {
    return wrapped.stats();
  }

  /** Names the wrapped spool. */
  @Override
  public String toString() {
    return "MeteredSpool[" + wrapped + "]";
  }
}
