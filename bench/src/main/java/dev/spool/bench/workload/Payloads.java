package dev.spool.bench.workload;

import java.util.Random;

/**
 * Incompressible messages, made ahead.
 *
 * <p>Nobody changes an array that a store was given, so each can be stored many times.
 */
final class Payloads {
  private static final long BUDGET = 64L << 20;

  private final byte[][] messages;

  private Payloads(byte[][] messages) {
    this.messages = messages;
  }

  /** Messages of one size. */
  static Payloads of(int bytes) {
    int count = (int) Math.max(4, Math.min(256, BUDGET / Math.max(1, bytes)));
    byte[][] messages = new byte[count][bytes];
    Random random = new Random(bytes);
    for (byte[] message : messages) {
      random.nextBytes(message);
    }
    return new Payloads(messages);
  }

  /**
   * The sizes of real life: of 100 messages 90 have 2 to 20 KiB, 9 have 20 to 200 KiB, and one has
   * 1 to 25 MiB, spread evenly between.
   */
  static Payloads mixed() {
    Random random = new Random(6);
    byte[][] messages = new byte[1000][];
    byte[] noise = new byte[(25 << 20) + 1];
    random.nextBytes(noise);
    for (int i = 0; i < messages.length; i++) {
      int size =
          i % 100 == 50
              ? (1 << 20) + (24 << 20) / 9 * (i / 100)
              : i % 11 == 5 ? between(random, 20, 200) : between(random, 2, 20);
      int from = size > 1 << 20 ? 0 : random.nextInt(noise.length - size);
      messages[i] = java.util.Arrays.copyOfRange(noise, from, from + size);
    }
    return new Payloads(messages);
  }

  private static int between(Random random, int fromKiB, int toKiB) {
    return (fromKiB << 10) + random.nextInt((toKiB - fromKiB) << 10);
  }

  byte[] get(long number) {
    return messages[(int) (number % messages.length)];
  }
}
