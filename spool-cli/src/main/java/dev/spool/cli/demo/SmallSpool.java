package dev.spool.cli.demo;

import dev.spool.Spool;
import dev.spool.Spools;

/**
 * A spool that is full after a few MiB.
 *
 * @param scheme the backend
 * @param quota in bytes
 */
record SmallSpool(String scheme, long quota) {

  static SmallSpool of(String scheme) {
    return new SmallSpool(scheme, scheme.equals("memory") ? 4L << 20 : 32L << 20);
  }

  Spool open(Setting setting) {
    return Spools.open("memory:demo-fill?maxBytes=" + quota);
  }
}
