package dev.spool.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.testkit.RemoteSpool.Answer;
import dev.spool.testkit.RemoteSpool.Call;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The process behind a {@link RemoteSpool}: makes the calls that it reads from standard input, and
 * writes how they end to standard output, until it is killed or its input ends. It knows nothing of
 * what is to become of it.
 */
@SuppressWarnings("EnumOrdinal") // both sides are of one build
final class RemoteSpoolChild {
  private final DataOutputStream out =
      new DataOutputStream(new FileOutputStream(FileDescriptor.out));
  private @Nullable Spool spool;

  private RemoteSpoolChild() {}

  /**
   * Makes calls until standard input ends.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    RemoteSpoolChild child = new RemoteSpoolChild();
    DataInputStream in =
        new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
    try {
      while (true) {
        Call what = Call.values()[in.readByte()];
        int call = in.readInt();
        String id = in.readUTF();
        Durability level = Durability.values()[in.readByte()];
        child.make(what, call, id, level, in.readNBytes(in.readInt()));
      }
    } catch (EOFException e) {
      Runtime.getRuntime().halt(0); // whatever is still open
    }
  }

  private void make(Call what, int call, String id, Durability level, byte[] data) {
    if (what == Call.OPEN) {
      open(call, new String(data, UTF_8));
      return;
    }
    Spool opened = spool;
    if (opened == null) {
      throw new IllegalStateException("nothing is open");
    }
    switch (what) {
      case STORE -> ended(call, opened.store(SpoolId.parse(id), data, level, null));
      case REMOVE -> ended(call, opened.remove(SpoolId.parse(id), level, null));
      case LOAD -> ended(call, opened.load(SpoolId.parse(id)));
      case SCAN -> scan(call, opened);
      case CLEANUP -> ended(call, opened.cleanup());
      case COMPACT -> ended(call, opened.compact());
      case CLOSE -> ended(call, opened.shutdown());
      case OPEN -> throw new AssertionError(what);
    }
  }

  private void open(int call, String uri) {
    try {
      spool = Spools.open(uri);
    } catch (SpoolException e) {
      failed(call, e);
      return;
    }
    answer(Answer.DONE, call, "", Outcome.UNKNOWN, new byte[0]);
  }

  private void ended(int call, CompletableFuture<?> future) {
    var unused =
        future.handle(
            (result, failure) -> {
              if (failure == null) {
                byte[] bytes = result instanceof byte[] loaded ? loaded : new byte[0];
                answer(Answer.DONE, call, "", Outcome.UNKNOWN, bytes);
              } else {
                failed(call, SpoolException.unwrap(failure));
              }
              return null;
            });
  }

  private void scan(int call, Spool opened) {
    EntryChannel channel = EntryChannel.bounded(8, 1 << 20);
    CompletableFuture<?> scan = opened.enumerate(channel);
    try {
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Item item) {
          answer(Answer.ITEM, call, item.id().toString(), Outcome.UNKNOWN, item.data());
        } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
          SpoolId id = corrupt.id();
          answer(
              Answer.CORRUPT, call, id == null ? "" : id.toString(), Outcome.UNKNOWN, new byte[0]);
        }
      }
    } catch (SpoolException e) {
      // the scan's own future says so
    }
    ended(call, scan);
  }

  private void failed(int call, SpoolException failure) {
    String type = failure.getClass().getSimpleName();
    answer(Answer.FAILED, call, type, failure.outcome(), failure.detail().getBytes(UTF_8));
  }

  private synchronized void answer(
      Answer answer, int call, String word, Outcome outcome, byte[] data) {
    try {
      out.writeByte(answer.ordinal());
      out.writeInt(call);
      out.writeUTF(word);
      out.writeByte(outcome.ordinal());
      out.writeInt(data.length);
      out.write(data);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the parent is gone", e);
    }
  }
}
