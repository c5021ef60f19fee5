package org.example.smtp;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.testkit.ForwardingSpool;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A spool that carries stores out and then says that it does not know. */
final class UnknownOutcome extends ForwardingSpool {
  private final SpoolException failure;

  UnknownOutcome(Spool wrapped, SpoolException failure) {
    super(wrapped);
    this.failure = failure;
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return super.store(id, data, durability, deadline)
        .thenCompose(stored -> CompletableFuture.failedFuture(failure));
  }
}
