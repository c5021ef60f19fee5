package dev.spool.support;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings that all local backends have. A backend's builder adds its own, and registers the
 * scalar ones by name, so that they can be given in a URI.
 *
 * <p>Sizes are bytes, in a URI also {@code 64KiB}, {@code 128MiB}, {@code 1GiB}; durations in a URI
 * are {@code 500ms}, {@code 30s}, {@code 5min}, {@code 1h}, or {@code 0}. Not thread-safe.
 *
 * @param <B> the backend's builder
 */
public abstract class LocalSpoolBuilder<B extends LocalSpoolBuilder<B>> {
  private final Map<String, Consumer<String>> byName = new LinkedHashMap<>();

  String name;
  long maxMessageSize = 128L << 20;
  long maxInFlightBytes = 64L << 20;
  int maxConcurrentStores = 16_384;
  int maxConcurrentLoads = 64;
  int maxConcurrentRemoves = 16_384;
  int maxWaiting = 65_536;
  Duration storeDeadline = Duration.ofSeconds(30);
  Duration loadDeadline = Duration.ofSeconds(30);
  Duration shutdownTimeout = Duration.ofSeconds(30);
  Duration cleanupInterval = Duration.ofMinutes(10);
  SpaceThreshold minFreeSpace = SpaceThreshold.defaultSpace();
  SpaceThreshold minFreeInodes = SpaceThreshold.defaultInodes();
  Duration errorLatchDuration = HealthLatch.Settings.defaults().errorLatchDuration();
  Duration errorUnlatchDuration = HealthLatch.Settings.defaults().errorUnlatchDuration();
  boolean allowErrorUnlatch = HealthLatch.Settings.defaults().allowErrorUnlatch();
  boolean reopenAfterSyncFailure = HealthLatch.Settings.defaults().reopenAfterSyncFailure();
  boolean readOnly;
  boolean jmx;
  @Nullable Executor callbackExecutor;

  /**
   * Starts with the defaults.
   *
   * @param name the spool's name, unless another is set
   */
  @SuppressWarnings(
      "this-escape") // the setters that are registered are called after construction only
  protected LocalSpoolBuilder(String name) {
    this.name = Objects.requireNonNull(name, "name");
    setting("name", Function.identity(), this::name);
    setting("maxMessageSize", SettingValues::size, this::maxMessageSize);
    setting("maxInFlightBytes", SettingValues::size, this::maxInFlightBytes);
    setting("maxConcurrentStores", SettingValues::count, this::maxConcurrentStores);
    setting("maxConcurrentLoads", SettingValues::count, this::maxConcurrentLoads);
    setting("maxConcurrentRemoves", SettingValues::count, this::maxConcurrentRemoves);
    setting("maxWaiting", SettingValues::count, this::maxWaiting);
    setting("storeDeadline", SettingValues::duration, this::storeDeadline);
    setting("loadDeadline", SettingValues::duration, this::loadDeadline);
    setting("shutdownTimeout", SettingValues::duration, this::shutdownTimeout);
    setting("cleanupInterval", SettingValues::duration, this::cleanupInterval);
    setting("minFreeSpace", SpaceThreshold::parse, this::minFreeSpace);
    setting("minFreeInodes", SpaceThreshold::parse, this::minFreeInodes);
    setting("errorLatchDuration", SettingValues::duration, this::errorLatchDuration);
    setting("errorUnlatchDuration", SettingValues::duration, this::errorUnlatchDuration);
    setting("allowErrorUnlatch", SettingValues::flag, this::allowErrorUnlatch);
    setting("reopenAfterSyncFailure", SettingValues::flag, this::reopenAfterSyncFailure);
    setting("readOnly", SettingValues::flag, this::readOnly);
    setting("jmx", SettingValues::flag, this::jmx);
  }

  /** Returns this. */
  protected abstract B self();

  /** Makes a scalar setting known by name. */
  protected final <T> void setting(String name, Function<String, T> parser, Function<T, B> setter) {
    byName.put(
        name,
        text -> {
          try {
            B unused = setter.apply(parser.apply(text));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "the setting " + name + "=" + text + ": " + e.getMessage(), e);
          }
        });
  }

  /**
   * Applies settings by name, as a URI gives them.
   *
   * @throws IllegalArgumentException if one is unknown, or its value is malformed or out of range
   */
  public final B settings(Map<String, String> settings) {
    settings.forEach(
        (name, value) -> {
          Consumer<String> setter = byName.get(name);
          if (setter == null) {
            throw new IllegalArgumentException(
                "unknown setting '" + name + "'; known are: " + String.join(", ", byName.keySet()));
          }
          setter.accept(value);
        });
    return self();
  }

  /**
   * The name of the spool, in thread names, log lines and metrics; by default that of its
   * directory.
   */
  public final B name(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a name is not blank");
    }
    this.name = name;
    return self();
  }

  /** The largest message that is taken, in bytes, from 0 on; by default 128 MiB. */
  public final B maxMessageSize(long bytes) {
    maxMessageSize = SettingValues.atLeast(0, bytes);
    return self();
  }

  /**
   * The bytes of stores that are under way, from 1 on; by default 64 MiB. More wait; a message
   * larger than that is admitted alone.
   */
  public final B maxInFlightBytes(long bytes) {
    maxInFlightBytes = SettingValues.atLeast(1, bytes);
    return self();
  }

  /** The stores that are under way at once, from 1 on; by default 16,384. More wait. */
  public final B maxConcurrentStores(int calls) {
    maxConcurrentStores = (int) SettingValues.atLeast(1, calls);
    return self();
  }

  /** The loads that are under way at once, from 1 on; by default 64. More wait. */
  public final B maxConcurrentLoads(int calls) {
    maxConcurrentLoads = (int) SettingValues.atLeast(1, calls);
    return self();
  }

  /** The removals that are under way at once, from 1 on; by default 16,384. More wait. */
  public final B maxConcurrentRemoves(int calls) {
    maxConcurrentRemoves = (int) SettingValues.atLeast(1, calls);
    return self();
  }

  /**
   * The calls that may wait for admission, from 0 on; by default 65,536. One more fails at once
   * with {@link dev.spool.BackpressureTimeoutException}.
   */
  public final B maxWaiting(int calls) {
    maxWaiting = (int) SettingValues.atLeast(0, calls);
    return self();
  }

  /** How long a store or a removal may take, waiting included; by default 30 s. */
  public final B storeDeadline(Duration timeout) {
    storeDeadline = SettingValues.positive(timeout);
    return self();
  }

  /** How long a load may take, waiting included; by default 30 s. */
  public final B loadDeadline(Duration timeout) {
    loadDeadline = SettingValues.positive(timeout);
    return self();
  }

  /** How long a shutdown waits for what is under way; by default 30 s. */
  public final B shutdownTimeout(Duration timeout) {
    shutdownTimeout = SettingValues.positive(timeout);
    return self();
  }

  /** How often the spool runs {@code cleanup} by itself; by default every 10 minutes; 0: never. */
  public final B cleanupInterval(Duration interval) {
    cleanupInterval = SettingValues.notNegative(interval);
    return self();
  }

  /**
   * The room below which stores are refused; by default the smaller of 10 % of the file system and
   * 4 GiB. They are taken again when a fifth more than that is free.
   */
  public final B minFreeSpace(SpaceThreshold threshold) {
    minFreeSpace = Objects.requireNonNull(threshold, "threshold");
    return self();
  }

  /** The free inodes below which stores are refused; by default 10 %. As {@link #minFreeSpace}. */
  public final B minFreeInodes(SpaceThreshold threshold) {
    minFreeInodes = Objects.requireNonNull(threshold, "threshold");
    return self();
  }

  /**
   * How long errors that may pass by themselves have to go on until stores are refused; by default
   * 15 s.
   */
  public final B errorLatchDuration(Duration duration) {
    errorLatchDuration = SettingValues.notNegative(duration);
    return self();
  }

  /** How long there must have been no error until stores are taken again; by default 5 minutes. */
  public final B errorUnlatchDuration(Duration duration) {
    errorUnlatchDuration = SettingValues.notNegative(duration);
    return self();
  }

  /** Whether stores are ever taken again after an error, short of a restart; by default true. */
  public final B allowErrorUnlatch(boolean allow) {
    allowErrorUnlatch = allow;
    return self();
  }

  /**
   * Whether the spool reopens itself after a failed sync; by default true; false: it sheds until
   * restart.
   */
  public final B reopenAfterSyncFailure(boolean reopen) {
    reopenAfterSyncFailure = reopen;
    return self();
  }

  /**
   * Whether the spool is only read: opened beside a live owner if there is one, without a lock,
   * writing nothing. It shows a state at or after the opening. By default false.
   */
  public final B readOnly(boolean readOnly) {
    this.readOnly = readOnly;
    return self();
  }

  /**
   * Whether the spool is shown in JMX while it is open, as {@code dev.spool:type=Spool,name=NAME};
   * by default false. See {@link SpoolMXBean} for what it shows and does. The opening fails with a
   * {@link dev.spool.SpoolException} if a spool of that name is registered in this process already:
   * whoever asks for this is not to find another spool there.
   */
  public final B jmx(boolean jmx) {
    this.jmx = jmx;
    return self();
  }

  /**
   * Where continuations of the spool's futures run; by default a small elastic pool of the spool's
   * own. If it rejects one, a thread of the spool runs it, and that is counted. What it has
   * accepted is its own to run: shut it down after the spool. The JDK's {@code ThreadPoolExecutor}
   * forgets what it has accepted if it is shut down while its first thread is being added.
   */
  public final B callbackExecutor(Executor executor) {
    callbackExecutor = Objects.requireNonNull(executor, "executor");
    return self();
  }

  /** Tells whether {@link #readOnly} is set. */
  protected final boolean isReadOnly() {
    return readOnly;
  }

  /** Returns what judges whether there is room, as the settings have it. */
  protected final SpaceGuard spaceGuard() {
    return new SpaceGuard(minFreeSpace, minFreeInodes);
  }

  /** Returns the name that is set. */
  protected final String spoolName() {
    return name;
  }

  final HealthLatch.Settings healthSettings() {
    return new HealthLatch.Settings(
        errorLatchDuration, errorUnlatchDuration, allowErrorUnlatch, reopenAfterSyncFailure);
  }
}
