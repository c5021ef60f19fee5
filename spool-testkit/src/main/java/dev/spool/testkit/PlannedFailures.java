package dev.spool.testkit;

import dev.spool.SpoolException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Failures that a test has planned: each is used once, by the first call that it is meant for. */
final class PlannedFailures<C extends Enum<C>> {
  private record Planned<C extends Enum<C>>(EnumSet<C> calls, SpoolException failure) {}

  /** Guarded by this. */
  private final List<Planned<C>> planned = new ArrayList<>();

  synchronized void add(EnumSet<C> calls, SpoolException failure) {
    planned.add(new Planned<>(calls, Objects.requireNonNull(failure, "failure")));
  }

  synchronized @Nullable SpoolException next(C call) {
    for (int i = 0; i < planned.size(); i++) {
      if (planned.get(i).calls().contains(call)) {
        return planned.remove(i).failure();
      }
    }
    return null;
  }

  synchronized void clear() {
    planned.clear();
  }
}
