package dev.spool.testkit;

import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.torture.Content;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * Opens damaged spools, one for each line of standard input (an address, and ids), and says what it
 * finds; each answer ends with a line {@code END}.
 */
final class DamageChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private DamageChild() {}

  /**
   * Answers until standard input ends.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      try {
        look(words);
      } catch (SpoolException e) {
        OUT.println("FAILED " + word(e));
      } catch (RuntimeException | Error e) {
        e.printStackTrace();
        OUT.println("UNTYPED " + e.toString().replace('\n', ' '));
      }
      OUT.println("END");
    }
  }

  private static void look(String[] words) {
    Spool spool;
    try {
      spool = Spools.open(words[0]);
    } catch (SpoolException e) {
      OUT.println("REFUSED " + word(e));
      return;
    }
    try {
      OUT.println("OPENED " + spool.health().state());
      for (int i = 1; i < words.length; i++) {
        load(spool, SpoolId.parse(words[i]));
      }
      scan(spool);
      store(spool);
    } finally {
      spool.close();
    }
  }

  private static void load(Spool spool, SpoolId id) {
    try {
      say("LOADED", id, Content.of(Check.get(spool.load(id))));
    } catch (MessageNotFoundException e) {
      OUT.println("MISSING " + id);
    } catch (SpoolException e) {
      OUT.println("FAILED " + word(e));
    }
  }

  private static void scan(Spool spool) {
    EntryChannel channel = EntryChannel.bounded(8, 1 << 20);
    CompletableFuture<?> scan = spool.enumerate(channel);
    try {
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Item item) {
          say("SCANNED", item.id(), Content.of(item.data()));
        } else {
          OUT.println("CORRUPT");
        }
      }
      Check.get(scan);
      OUT.println("WHOLE");
    } catch (SpoolException e) {
      OUT.println("FAILED " + word(e));
    }
  }

  /** What takes stores keeps them. */
  private static void store(Spool spool) {
    SpoolId id = SpoolId.random();
    try {
      Check.get(spool.store(id, Messages.of(1, 100)));
    } catch (SpoolException e) {
      OUT.println("FAILED " + word(e));
      return;
    }
    Check.holds(spool, id, Messages.of(1, 100));
    say("STORED", id, Content.of(Messages.of(1, 100)));
  }

  private static void say(String what, SpoolId id, Content content) {
    OUT.println(what + " " + id + " " + content.length() + " " + content.sha256());
  }

  private static String word(SpoolException e) {
    return e.getClass().getSimpleName() + " " + e.detail().replace('\n', ' ');
  }
}
