package dev.spool.support;

import dev.spool.SpoolId;

/** A load on its way to a reader thread. */
final class LoadCall extends Call<byte[]> {
  final SpoolId id;

  LoadCall(LocalSpool spool, SpoolId id) {
    super(spool, 0, null);
    this.id = id;
  }

  @Override
  CallKind kind() {
    return CallKind.LOAD;
  }

  @Override
  String describe() {
    return id.toString();
  }
}
