package dev.spool.testkit;

import dev.spool.Spool;
import java.util.Objects;

/**
 * A spool whose storage can be held still.
 *
 * @param spool the spool
 * @param gate while it is shut, a store or removal that has begun does not end
 */
public record Stallable(Spool spool, Gate gate) implements AutoCloseable {
  /** Checks for nulls. */
  public Stallable {
    Objects.requireNonNull(spool, "spool");
    Objects.requireNonNull(gate, "gate");
  }

  /** Opens the gate, and closes the spool. */
  @Override
  public void close() {
    gate.open();
    spool.close();
  }
}
