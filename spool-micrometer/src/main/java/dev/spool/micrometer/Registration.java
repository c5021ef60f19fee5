package dev.spool.micrometer;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The meters of one spool in one registry, from their registering to their removal.
 *
 * <p>A registry hands out the meter that it has when another of the same name and tags is
 * registered: a spool that is opened again under its old name would go on with meters that read a
 * closed one. So the newer takes the older's place, and the older, when it is removed later, leaves
 * alone what is no longer its own. Safe for use by any thread.
 */
final class Registration {

  /** One for all, since several registrations change one registry; taken when spools come or go. */
  private static final Object LOCK = new Object();

  final MeterRegistry registry;

  @GuardedBy("LOCK")
  private final Set<Meter> meters = Collections.newSetFromMap(new IdentityHashMap<>());

  @GuardedBy("LOCK")
  private boolean removed;

  Registration(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * Registers a meter, in the place of an older one of the same name and tags.
   *
   * @param meter registers it
   */
  <T extends Meter> T add(String name, Tags tags, Supplier<T> meter) {
    synchronized (LOCK) {
      registry.removeByPreFilterId(new Meter.Id(name, tags, null, null, Meter.Type.OTHER));
      T added = meter.get();
      if (removed) {
        registry.remove(added); // the spool was closed meanwhile
      } else {
        meters.add(added);
      }
      return added;
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
