package dev.spool.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every store that is measured keeps what it was given: a fast one that does not is no peer. */
class EnginesTest {
  private static final int MESSAGES = 200;

  @TempDir Path directory;

  static List<String> names() {
    return Engines.all().stream().map(EngineType::name).toList();
  }

  private Place place() {
    return new Place(directory, 4 << 20, 1000);
  }

  /** Messages of 0 to 40 KB, in an order of sizes that is always the same. */
  private static Map<SpoolId, byte[]> messages() {
    Random random = new Random(7);
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int number = 0; number < MESSAGES; number++) {
      byte[] data = new byte[number == 0 ? 0 : random.nextInt(number % 10 == 0 ? 40_000 : 5000)];
      random.nextBytes(data);
      messages.put(MessageIds.of(number), data);
    }
    return messages;
  }

  private static void storeAll(EngineType type, Engine engine, Map<SpoolId, byte[]> messages) {
    Durability durability = type.can(Gap.SYNC) ? Durability.SYNC : Durability.BUFFERED;
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    messages.forEach((id, data) -> stores.add(engine.store(id, data.clone(), durability)));
    stores.forEach(CompletableFuture::join);
  }

  private static Map<SpoolId, byte[]> scan(Engine.Scans engine) throws Exception {
    Map<SpoolId, byte[]> seen = new HashMap<>();
    engine.scan((id, data) -> assertThat(seen.put(id, data)).as("seen twice: %s", id).isNull());
    return seen;
  }

  private static void assertHolds(
      EngineType type, Engine engine, Map<SpoolId, byte[]> expected, Set<SpoolId> removed)
      throws Exception {
    if (engine instanceof Engine.Scans scans) {
      Map<SpoolId, byte[]> seen = scan(scans);
      if (!type.can(Gap.REMEMBERED_REMOVALS)) {
        seen.keySet().removeAll(removed);
      }
      assertThat(seen).containsOnlyKeys(expected.keySet());
      expected.forEach((id, data) -> assertThat(seen.get(id)).isEqualTo(data));
    }
    if (engine instanceof Engine.Loads loads) {
      expected.forEach((id, data) -> assertThat(loads.load(id).join()).isEqualTo(data));
      for (SpoolId id : removed) {
        assertThatThrownBy(() -> loads.load(id).join()).as("%s is there", id).isNotNull();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatWasAcknowledgedIsThereAfterReopening(String name) throws Exception {
    EngineType type = Engines.named(name);
    Map<SpoolId, byte[]> messages = messages();
    try (Engine engine = Opened.open(type, place())) {
      storeAll(type, engine, messages);
      if (engine instanceof Engine.Loads loads) {
        messages.forEach((id, data) -> assertThat(loads.load(id).join()).isEqualTo(data));
      }
    }
    try (Engine engine = Opened.open(type, place())) {
      assertHolds(type, engine, messages, Set.of());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatWasRemovedIsGoneAfterReopening(String name) throws Exception {
    EngineType type = Engines.named(name);
    assumeTrue(type.can(Gap.REMOVE), "skipped: " + name + " removes nothing");
    Map<SpoolId, byte[]> messages = messages();
    Set<SpoolId> removed = new HashSet<>();
    try (Engine engine = Opened.open(type, place())) {
      storeAll(type, engine, messages);
      for (int number = 0; number < MESSAGES; number += 2) {
        engine.remove(MessageIds.of(number)).join();
        removed.add(MessageIds.of(number));
      }
    }
    messages.keySet().removeAll(removed);
    try (Engine engine = Opened.open(type, place())) {
      assertHolds(type, engine, messages, removed);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatIsStoredAfterReopeningIsThereWithTheRest(String name) throws Exception {
    EngineType type = Engines.named(name);
    Map<SpoolId, byte[]> messages = messages();
    Map<SpoolId, byte[]> more = Map.of(MessageIds.of(MESSAGES), new byte[] {1, 2, 3});
    try (Engine engine = Opened.open(type, place())) {
      storeAll(type, engine, messages);
    }
    try (Engine engine = Opened.open(type, place())) {
      storeAll(type, engine, more);
    }
    messages.putAll(more);
    try (Engine engine = Opened.open(type, place())) {
      assertHolds(type, engine, messages, Set.of());
    }
  }
}
