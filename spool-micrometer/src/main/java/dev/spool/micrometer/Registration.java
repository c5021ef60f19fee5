package dev.spool.micrometer;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.Spool;
import dev.spool.SpoolHealth.State;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one spool in one registry, from their registering to their removal.
 *
 * <p>A registry hands out the meter that it has when another of the same name and tags is
 * registered: a spool that is opened again under its old name would go on with meters that read a
 * closed one. So the newer takes the older's place, and the older, when it is removed later, leaves
 * alone what is no longer its own. If the older's spool is open, that is a mistake, of which the
 * log tells: two spools of one name, of which one can no longer be seen. Safe for use by any
 * thread.
 */
final class Registration {

  /** One for all, since several registrations change one registry; taken when spools come or go. */
  private static final Object LOCK = new Object();

  private static final System.Logger LOG = System.getLogger("dev.spool.micrometer");

  /** Those that tell of others, until nobody can read their meters any more. */
  @GuardedBy("LOCK")
  private static final Set<Registration> REGISTRATIONS =
      Collections.newSetFromMap(new WeakHashMap<>());

  final MeterRegistry registry;

  /** Null for one that does not tell of others, since it comes along with one that does. */
  private final @Nullable Spool spool;

  /** Whether the log was told that meters of an open spool were replaced. */
  @GuardedBy("LOCK")
  private boolean told;

  @GuardedBy("LOCK")
  private final Set<Meter> meters = Collections.newSetFromMap(new IdentityHashMap<>());

  @GuardedBy("LOCK")
  private boolean removed;

  /**
   * @param spool the one whose meters they are; null if another registration tells of it
   */
  Registration(MeterRegistry registry, @Nullable Spool spool) {
    this.registry = registry;
    this.spool = spool;
    if (spool != null) {
      synchronized (LOCK) {
        REGISTRATIONS.add(this);
      }
    }
  }

  /**
   * Registers a meter, in the place of an older one of the same name and tags.
   *
   * @param meter registers it
   */
  <T extends Meter> T add(String name, Tags tags, Supplier<T> meter) {
    synchronized (LOCK) {
      Meter older =
          registry.removeByPreFilterId(new Meter.Id(name, tags, null, null, Meter.Type.OTHER));
      if (older != null && spool != null && !told && isOfAnotherOpenSpool(older)) {
        told = true;
        LOG.log(
            System.Logger.Level.WARNING,
            "spool "
                + spool.stats().name()
                + ": its meters replace those of a spool of that name that is open; tell the two"
                + " apart by a tag");
      }
      T added = meter.get();
      if (removed) {
        registry.remove(added); // the spool was closed meanwhile
      } else {
        meters.add(added);
      }
      return added;
    }
  }

  @GuardedBy("LOCK")
  private boolean isOfAnotherOpenSpool(Meter meter) {
    for (Registration other : REGISTRATIONS) {
      Spool its = other.spool;
      if (its != null && its != spool && other.meters.contains(meter)) {
        return isOpen(its);
      }
    }
    return false;
  }

  private static boolean isOpen(Spool spool) {
    try {
      return spool.health().state() != State.CLOSED;
    } catch (RuntimeException e) {
      return true; // it cannot tell: that is not the newer one's affair
    }
  }

  /** Removes what was registered, and has not been replaced since. Idempotent. */
  void remove() {
    synchronized (LOCK) {
      removed = true;
      if (meters.isEmpty()) {
        return;
      }
      for (Meter present : registry.getMeters()) {
        if (meters.contains(present)) {
          registry.remove(present);
        }
      }
      meters.clear();
    }
  }
}
