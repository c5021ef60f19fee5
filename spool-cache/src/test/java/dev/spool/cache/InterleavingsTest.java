package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.cache.Interleavings.Plan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every order in which the calls of one id can begin, take effect and end. */
class InterleavingsTest {
  @Test
  void everyOrderOfTwoCalls() {
    assertThat(everyOrder(InterleavingsTest::caching, 2, EnumSet.allOf(Plan.class))).isNull();
  }

  /** For the cache, removals that fail are as stores that do. */
  @Test
  void everyOrderOfThreeCalls() {
    EnumSet<Plan> plans = EnumSet.range(Plan.LOAD, Plan.REMOVE);
    assertThat(everyOrder(InterleavingsTest::caching, 3, plans)).isNull();
  }

  @Test
  void someOrdersOfSixCalls() {
    assertThat(someOrders(InterleavingsTest::caching, 6, 20_000)).isNull();
  }

  @Test
  void theNaiveCacheIsCaught() {
    for (EnumSet<Plan> plans :
        List.of(
            EnumSet.of(Plan.LOAD, Plan.STORE),
            EnumSet.of(Plan.LOAD, Plan.REMOVE),
            EnumSet.of(Plan.STORE),
            EnumSet.of(Plan.STORE_UNKNOWN_APPLIED),
            EnumSet.of(Plan.STORE_UNKNOWN_APPLIED_LATER),
            EnumSet.of(Plan.REMOVE_UNKNOWN_APPLIED),
            EnumSet.of(Plan.REMOVE_UNKNOWN_APPLIED_LATER))) {
      assertThat(everyOrder(NaiveCache::new, 2, plans))
          .as("found with %s", plans)
          .contains("the cache serves");
    }
    assertThat(someOrders(NaiveCache::new, 6, 20_000)).contains("the cache serves");
  }

  private static Spool caching(Spool spool) {
    return CachingSpool.wrap(spool, 1 << 20);
  }

  /** Returns the first violation in any order of that many calls, of any of these plans. */
  private static @Nullable String everyOrder(
      UnaryOperator<Spool> caching, int count, EnumSet<Plan> plans) {
    try (Interleavings interleavings = new Interleavings(caching)) {
      String violation = choose(interleavings, List.copyOf(plans), 0, count, new ArrayList<>());
      assertThat(interleavings.served).as("steps that left something in the cache").isPositive();
      return violation;
    }
  }

  /** Chooses calls with repetition; which of them is first does not matter. */
  private static @Nullable String choose(
      Interleavings interleavings, List<Plan> plans, int from, int count, List<Plan> chosen) {
    if (chosen.size() == count) {
      int[] left = chosen.stream().mapToInt(Plan::steps).toArray();
      return order(interleavings, chosen, left, new int[Arrays.stream(left).sum()], 0, 0);
    }
    for (int i = from; i < plans.size(); i++) {
      chosen.add(plans.get(i));
      String violation = choose(interleavings, plans, i, count, chosen);
      if (violation != null) {
        return violation;
      }
      chosen.remove(chosen.size() - 1);
    }
    return null;
  }

  /**
   * Tries every order of the steps that are left.
   *
   * @param known how many steps of what is tried first were tried before
   */
  private static @Nullable String order(
      Interleavings interleavings, List<Plan> plans, int[] left, int[] order, int at, int known) {
    if (at == order.length) {
      return interleavings.violation(plans, order, known);
    }
    int tried = known;
    for (int i = 0; i < left.length; i++) {
      if (left[i] > 0 && !isSecondOfTwins(plans, left, i)) {
        left[i]--;
        order[at] = i;
        String violation = order(interleavings, plans, left, order, at + 1, tried);
        left[i]++;
        if (violation != null) {
          return violation;
        }
        tried = at;
      }
    }
    return null;
  }

  /** Of two calls of one plan the first begins first: the other way round is the same order. */
  private static boolean isSecondOfTwins(List<Plan> plans, int[] left, int i) {
    int steps = plans.get(i).steps();
    return i > 0 && plans.get(i - 1) == plans.get(i) && left[i] == steps && left[i - 1] == steps;
  }

  /** Returns the first violation in that many orders of that many calls, drawn at random. */
  private static @Nullable String someOrders(UnaryOperator<Spool> caching, int count, int times) {
    SplittableRandom random = new SplittableRandom(1);
    List<Plan> all = List.of(Plan.values());
    try (Interleavings interleavings = new Interleavings(caching)) {
      for (int i = 0; i < times; i++) {
        List<Plan> plans = new ArrayList<>();
        List<Integer> turns = new ArrayList<>();
        for (int call = 0; call < count; call++) {
          Plan plan = all.get(random.nextInt(all.size()));
          plans.add(plan);
          for (int step = 0; step < plan.steps(); step++) {
            turns.add(random.nextInt(turns.size() + 1), call);
          }
        }
        String violation =
            interleavings.violation(plans, turns.stream().mapToInt(Integer::intValue).toArray(), 0);
        if (violation != null) {
          return violation;
        }
      }
      return null;
    }
  }
}
