package dev.spool.cli.demo;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The process that gets killed: stores mail with SYNC from many producers, removes some of it, and
 * writes a line to its standard output for each acknowledgement, until it is killed or its standard
 * input ends.
 *
 * <p>A line is written by one call, straight to the pipe, after the acknowledgement and never
 * before: what the parent has read was promised. That a removal begins is told before it does.
 */
public final class CrashChild {
  /** Each producer keeps so many of its messages, and then removes one for each that it stores. */
  private static final int KEPT = 60;

  private final Spool spool;
  private final DemoMail mail;
  private final FileOutputStream out;

  private CrashChild(Spool spool, DemoMail mail, FileOutputStream out) {
    this.spool = spool;
    this.mail = mail;
    this.out = out;
  }

  /**
   * Runs the child.
   *
   * @param args the spool's URI, the directory of the mail, the number of producers, the seed
   * @throws IOException if the mail cannot be read, or the parent is gone
   */
  public static void main(String[] args) throws IOException {
    endWithParent();
    DemoMail mail = DemoMail.read(Path.of(args[1]));
    int producers = Integer.parseInt(args[2]);
    long seed = Long.parseLong(args[3]);
    @SuppressWarnings("resource") // standard output stays open
    FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    tell(out, new AckLine(AckLine.Kind.OPENING, SpoolId.random(), 0, 0));
    Spool spool = Spools.open(args[0]);
    tell(out, new AckLine(AckLine.Kind.READY, SpoolId.random(), 0, 0));
    CrashChild child = new CrashChild(spool, mail, out);
    for (int i = 0; i < producers; i++) {
      Random random = new Random(seed * 1_000_003 + i);
      new Thread(() -> child.produce(random), "producer-" + i).start();
    }
  }

  /** A child whose parent died must not go on filling the disk. */
  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                long unused = System.in.transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                // the same: nobody is there
              }
              Runtime.getRuntime().halt(0);
            },
            "parent-watch");
    watch.setDaemon(true);
    watch.start();
  }

  private void produce(Random random) {
    ArrayDeque<SpoolId> kept = new ArrayDeque<>();
    try {
      while (true) {
        SpoolId id = SpoolId.random();
        int number = random.nextInt(mail.size());
        long begin = System.nanoTime();
        spool.store(id, mail.message(id, number), Durability.SYNC, null).join();
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin);
        tell(out, new AckLine(AckLine.Kind.STORED, id, number, micros));
        kept.add(id);
        if (kept.size() > KEPT || random.nextInt(4) == 0) {
          SpoolId victim = random.nextBoolean() ? kept.removeFirst() : kept.removeLast();
          tell(out, new AckLine(AckLine.Kind.REMOVING, victim, 0, 0));
          spool.remove(victim, Durability.SYNC, null).join();
          tell(out, new AckLine(AckLine.Kind.REMOVED, victim, 0, 0));
        }
      }
    } catch (CompletionException | SpoolException e) {
      die(SpoolException.unwrap(e).toString());
    } catch (IOException e) {
      die("the parent is gone: " + e);
    }
  }

  private static void die(String why) {
    System.err.println("child: " + why);
    Runtime.getRuntime().halt(9);
  }

  /** Lines of less than PIPE_BUF bytes are not mixed up in a pipe. */
  private static void tell(FileOutputStream out, AckLine line) throws IOException {
    out.write(line.format().getBytes(StandardCharsets.US_ASCII));
  }
}
