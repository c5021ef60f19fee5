package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What the contract runs in another process. The first argument says what, the second is the
 * spool's address; every line of output begins with a word that {@link ChildProcess} waits for.
 */
final class ContractChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private ContractChild() {}

  /**
   * Does what the arguments say.
   *
   * @param args {@code open URI}: opens and tells how many messages are there. {@code hold URI}:
   *     opens, stores a message, and stays until standard input ends. {@code store URI DURABILITY}:
   *     stores message after message, and tells of each one, until it is killed.
   */
  public static void main(String[] args) throws IOException {
    Spool spool;
    try {
      spool = Spools.open(args[1]);
    } catch (SpoolException e) {
      OUT.println("REFUSED " + e.getClass().getSimpleName() + " " + e.detail().replace('\n', ' '));
      return;
    }
    switch (args[0]) {
      case "open" -> OUT.println("OPENED " + Check.list(spool).entries().size());
      case "hold" -> hold(spool);
      case "store" -> store(spool, Durability.valueOf(args[2]));
      default -> throw new IllegalArgumentException("not known: " + args[0]);
    }
    spool.close();
    OUT.println("CLOSED");
  }

  private static void hold(Spool spool) throws IOException {
    SpoolId id = SpoolId.random();
    Check.get(spool.store(id, Messages.of(1, 1000)));
    OUT.println("HOLDING " + id);
    while (System.in.read() >= 0) {
      // stays as long as the parent holds the other end
    }
  }

  private static void store(Spool spool, Durability durability) {
    for (long i = 0; ; i++) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.numbered(i, 500), durability, null));
      OUT.println("STORED " + id + " " + i);
    }
  }
}
