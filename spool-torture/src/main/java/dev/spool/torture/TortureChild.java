package dev.spool.torture;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.torture.Line.What;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The process that gets killed: opens the spool, and does what its parent says on standard input,
 * telling each call before it is made and each end after it was heard of, until it is killed or
 * standard input ends. It judges nothing: what it knows dies with it.
 */
public final class TortureChild {
  private final Spool spool;
  private final Payloads payloads;
  private final FileOutputStream out;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong generations;

  /** Set by the thread that obeys; the workload ends then. */
  private volatile boolean closed;

  private TortureChild(Spool spool, Payloads payloads, FileOutputStream out, long generation) {
    this.spool = spool;
    this.payloads = payloads;
    this.out = out;
    this.generations = new AtomicLong(generation);
  }

  /**
   * Runs the child.
   *
   * @param args the spool's URI, the seed and the greatest length of the messages, the number of
   *     the round, how many messages of mail to store each second
   * @throws IOException if the parent is gone
   */
  public static void main(String[] args) throws IOException {
    long seed = Long.parseLong(args[1]);
    int rate = Integer.parseInt(args[4]);
    Payloads payloads =
        rate > 0 ? Payloads.ofMail(seed) : new Payloads(seed, Integer.parseInt(args[2]));
    long round = Long.parseLong(args[3]);
    @SuppressWarnings("resource") // standard output stays open
    FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    out.write(Line.of(What.OPENING).format());
    Spool spool;
    try {
      spool = Spools.open(args[0]);
    } catch (RuntimeException e) {
      out.write(Line.of(What.FAILED, "opening", reason(e)).format());
      e.printStackTrace();
      Runtime.getRuntime().halt(3);
      return;
    }
    TortureChild child = new TortureChild(spool, payloads, out, round << 32);
    child.tell(What.OPEN);
    child.obey(seed * 31 + round, rate);
    Runtime.getRuntime().halt(0);
  }

  private void obey(long seed, int rate) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    Workload workload = new Workload(this, seed);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "load" -> {
          SpoolId id = SpoolId.parse(words[1]);
          workload.knows(id);
          load(id).join();
        }
        case "scan" -> {
          scan();
          tell(What.COMPARED);
        }
        case "work" -> {
          if (rate > 0) {
            workload.startMail(rate);
          } else {
            workload.start();
          }
        }
        case "once" -> workload.once(false);
        case "once-synced" -> workload.once(true);
        case "close" -> close();
        default -> throw new IllegalArgumentException(line);
      }
    }
  }

  private void close() {
    try {
      spool.close();
    } catch (RuntimeException e) {
      tell(What.FAILED, "closing", reason(e));
      return;
    } finally {
      closed = true;
    }
    tell(What.CLOSED);
  }

  boolean isClosed() {
    return closed;
  }

  // Calls, each told before and after

  CompletableFuture<Void> store(SpoolId id, Durability durability) {
    long call = calls.incrementAndGet();
    long generation = generations.incrementAndGet();
    byte[] data = payloads.bytes(id, generation);
    tell(What.STORE, call, durability, id, generation);
    return ended(call, () -> spool.store(id, data, durability, null));
  }

  CompletableFuture<Void> remove(SpoolId id, Durability durability) {
    long call = calls.incrementAndGet();
    tell(What.REMOVE, call, durability, id);
    return ended(call, () -> spool.remove(id, durability, null));
  }

  private CompletableFuture<Void> ended(long call, Supplier<CompletableFuture<Void>> write) {
    return write
        .get()
        .handle(
            (nothing, failure) -> {
              if (failure == null) {
                tell(What.DONE, call);
              } else {
                refused(call, failure);
              }
              return null;
            });
  }

  CompletableFuture<Void> load(SpoolId id) {
    long call = calls.incrementAndGet();
    tell(What.LOAD, call, id);
    return spool
        .load(id)
        .handle(
            (data, failure) -> {
              if (failure == null) {
                content(What.LOADED, call, Content.of(data));
              } else if (SpoolException.unwrap(failure) instanceof MessageNotFoundException) {
                content(What.LOADED, call, Content.ABSENT);
              } else {
                refused(call, failure);
              }
              return null;
            });
  }

  private void content(What what, Object call, Content content) {
    tell(what, call, content.length(), content.sha256());
  }

  void scan() {
    long call = calls.incrementAndGet();
    tell(What.SCAN, call);
    try (EntryChannel channel = EntryChannel.bounded(64, 4 << 20)) {
      var scan = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Item item) {
          Content content = Content.of(item.data());
          tell(What.ITEM, call, item.id(), content.length(), content.sha256());
        } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
          Object id = corrupt.id() == null ? "?" : corrupt.id();
          tell(What.CORRUPT, call, id, corrupt.location() + ": " + corrupt.error());
        }
      }
      scan.join();
      tell(What.SCANNED, call);
    } catch (SpoolException | CompletionException e) {
      refused(call, e);
    }
  }

  /** Does one piece of maintenance, and waits. */
  void maintain(String name) {
    tell(What.MAINTAINING, name);
    try {
      CompletableFuture<?> work =
          switch (name) {
            case "cleanup" -> spool.cleanup();
            case "compact" -> spool.compact();
            default -> spool.adviseLowMemory();
          };
      work.join();
      tell(What.MAINTAINED, name);
    } catch (SpoolException | CompletionException e) {
      tell(What.UNMAINTAINED, name, reason(e));
    }
  }

  private void refused(long call, Throwable failure) {
    SpoolException typed = SpoolException.unwrap(failure);
    tell(What.REFUSED, call, typed.outcome(), reason(typed));
  }

  private static String reason(Throwable failure) {
    SpoolException typed = SpoolException.unwrap(failure);
    return typed.getClass().getSimpleName() + ":" + typed.detail();
  }

  private void tell(What what, Object... words) {
    try {
      out.write(Line.of(what, words).format());
    } catch (IOException e) {
      throw new UncheckedIOException("the parent is gone", e);
    }
  }
}
