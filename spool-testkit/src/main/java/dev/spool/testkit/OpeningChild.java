package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolLockedException;
import dev.spool.Spools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens a spool at a moment that it is told, as another process does, and as its owner stores and
 * removes until it is told to close it. Each line of standard input is answered by one line:
 *
 * <pre>
 * OPEN MILLIS URI     OPENED COUNT | LOCKED DETAIL | FAILED DETAIL
 * CLOSE               CLOSED KEPT FAILURES
 * </pre>
 */
final class OpeningChild {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final int AT_ONCE = 4;

  private @Nullable Spool spool;
  private @Nullable Thread owner;
  private volatile boolean closing;

  // Written by the owner's thread, and read when that has ended.
  private int kept;
  private final List<String> failures = new ArrayList<>();

  private OpeningChild() {}

  /**
   * Answers until standard input ends.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    OpeningChild child = new OpeningChild();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      OUT.println(words[0].equals("OPEN") ? child.open(words[1], words[2]) : child.close());
    }
  }

  private String open(String millis, String uri) {
    long moment = Long.parseLong(millis);
    while (System.currentTimeMillis() < moment) {
      Thread.onSpinWait(); // to the moment: whoever sleeps is late
    }
    try {
      Spool opened = Spools.open(uri);
      int count = Check.list(opened).entries().size();
      start(opened);
      return "OPENED " + count;
    } catch (SpoolLockedException e) {
      return "LOCKED " + word(e);
    } catch (SpoolException e) {
      return "FAILED " + word(e);
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      return "FAILED " + e.toString().replace('\n', ' ');
    }
  }

  private static String word(SpoolException e) {
    return e.getClass().getSimpleName() + " " + e.detail().replace('\n', ' ');
  }

  private void start(Spool opened) {
    spool = opened;
    closing = false;
    kept = 0;
    failures.clear();
    Thread thread = new Thread(() -> own(opened), "owner");
    thread.setDaemon(true); // whoever gave orders may be killed
    thread.start();
    owner = thread;
  }

  /** Keeps one message, and has several others come and go, beside the maintenance. */
  private void own(Spool opened) {
    try {
      Check.get(opened.store(SpoolId.random(), Messages.of(1, 1000)));
      kept++;
      while (!closing) {
        List<SpoolId> ids = new ArrayList<>();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
          SpoolId id = SpoolId.random();
          ids.add(id);
          Durability level = i % 2 == 0 ? Durability.SYNC : Durability.BUFFERED;
          calls.add(opened.store(id, Messages.of(i, 10_000), level, null));
        }
        calls.add(opened.cleanup());
        calls.forEach(Check::get);
        ids.forEach(id -> Check.holds(opened, id, Messages.of(ids.indexOf(id), 10_000)));
        ids.forEach(id -> Check.get(opened.remove(id)));
      }
    } catch (SpoolException e) {
      failures.add(word(e));
    } catch (RuntimeException | Error e) {
      failures.add(e.toString().replace('\n', ' '));
    }
  }

  private String close() {
    Spool opened = spool;
    Thread thread = owner;
    if (opened == null || thread == null) {
      return "CLOSED 0 []";
    }
    closing = true;
    try {
      thread.join();
      opened.close();
    } catch (SpoolException e) {
      failures.add(word(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failures.add(e.toString());
    }
    spool = null;
    owner = null;
    return "CLOSED " + kept + " " + failures;
  }
}
