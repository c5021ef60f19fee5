package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A closed spool of which one message was damaged: its id, and the messages that are whole. */
record Damaged(SpoolId id, Map<SpoolId, byte[]> others) {

  static Damaged make(BackendContract contract, Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = Messages.mixed(99, 20, 5000);
    SpoolId victim = List.copyOf(messages.keySet()).get(10);
    messages.put(victim, Messages.of(100, 3000));
    try (Spool spool = contract.open(dir)) {
      Check.storeAll(spool, messages, Durability.SYNC);
    }
    contract.fixture().damage(dir, victim);
    messages.remove(victim);
    return new Damaged(victim, messages);
  }
}
