package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.activemq.artemis.ArtemisConstants;
import org.apache.activemq.artemis.api.core.ActiveMQBuffer;
import org.apache.activemq.artemis.core.io.aio.AIOSequentialFileFactory;
import org.apache.activemq.artemis.core.journal.IOCompletion;
import org.apache.activemq.artemis.core.journal.LoaderCallback;
import org.apache.activemq.artemis.core.journal.PreparedTransactionInfo;
import org.apache.activemq.artemis.core.journal.RecordInfo;
import org.apache.activemq.artemis.core.journal.impl.JournalImpl;
import org.apache.activemq.artemis.core.persistence.CoreMessageObjectPools;
import org.apache.activemq.artemis.core.persistence.Persister;
import org.jspecify.annotations.Nullable;

/**
 * The journal of ActiveMQ Artemis over libaio: files that are written ahead, O_DIRECT, fdatasync,
 * and records that wait for each other in a buffer until a timeout.
 *
 * <p>What it does not force it leaves in the heap of the process, so that there is nothing of it
 * that would be with the operating system; buffered calls are therefore forced like all others. All
 * its messages are read when it opens, and a scan shows what was read then.
 */
final class ArtemisEngine implements Engine.Scans {
  /** The timeout that Artemis ships with, in nanoseconds. */
  static final int SHIPPED_TIMEOUT = ArtemisConstants.DEFAULT_JOURNAL_BUFFER_TIMEOUT_AIO;

  // As in the broker.xml that it makes: journal-file-size, journal-max-io, the compaction's two.
  private static final int FILE_BYTES = 10 << 20;
  private static final int MAX_IO = 4096;
  private static final int COMPACT_MIN_FILES = 10;
  private static final int COMPACT_PERCENTAGE = 30;

  // Its chapter on performance: as many files as the sustained rate, and the highest load, need.
  private static final int MIN_FILES = 10;
  private static final int POOL_FILES = 50;

  private static final byte RECORD_TYPE = 1;
  private static final int ID_BYTES = 16;

  private final JournalImpl journal;

  private final Found found;

  private ArtemisEngine(JournalImpl journal, Found found) {
    this.journal = journal;
    this.found = found;
  }

  static ArtemisEngine open(Place place, int timeoutNanos) throws Exception {
    if (!AIOSequentialFileFactory.isSupported(place.directory().toFile())) {
      throw new IOException("Artemis found no asynchronous I/O here");
    }
    AIOSequentialFileFactory files =
        new AIOSequentialFileFactory(
            place.directory().toFile(),
            ArtemisConstants.DEFAULT_JOURNAL_BUFFER_SIZE_AIO,
            timeoutNanos,
            MAX_IO,
            false);
    JournalImpl journal =
        new JournalImpl(
            FILE_BYTES,
            MIN_FILES,
            POOL_FILES,
            COMPACT_MIN_FILES,
            COMPACT_PERCENTAGE,
            files,
            "spool",
            "log",
            MAX_IO);
    Found found = new Found(place.retainedBytes());
    journal.start();
    journal.load(found);
    return new ArtemisEngine(journal, found);
  }

  /**
   * What opening finds, kept until it is shown: no more than the workload has in the store at once,
   * since a heap does not hold all that a run without removals leaves behind.
   */
  private static final class Found implements LoaderCallback {
    private final Map<Long, RecordInfo> records = new LinkedHashMap<>();
    private final long limit;
    private long bytes;
    private long leftOut;

    Found(long limit) {
      this.limit = limit;
    }

    @Override
    public void addRecord(RecordInfo record) {
      if (bytes + record.data.length - ID_BYTES > limit) {
        leftOut++;
      } else {
        bytes += record.data.length - ID_BYTES;
        records.put(record.id, record);
      }
    }

    @Override
    public void deleteRecord(long id) {
      RecordInfo record = records.remove(id);
      if (record == null) {
        leftOut--;
      } else {
        bytes -= record.data.length - ID_BYTES;
      }
    }

    @Override
    public void updateRecord(RecordInfo record) {
      throw new IllegalStateException("nothing was ever updated");
    }

    @Override
    public void addPreparedTransaction(PreparedTransactionInfo transaction) {
      throw new IllegalStateException("there was no transaction");
    }

    @Override
    public void failedTransaction(
        long transaction, List<RecordInfo> records, List<RecordInfo> toDelete) {
      throw new IllegalStateException("there was no transaction");
    }
  }

  /** A message with its id in full: the journal's own ids have 8 bytes. */
  private static final class Message {
    private final SpoolId id;
    private final byte[] data;

    Message(SpoolId id, byte[] data) {
      this.id = id;
      this.data = data;
    }
  }

  /** Writes messages; reading is up to the scan. */
  private enum Writer implements Persister<Message> {
    INSTANCE;

    @Override
    public byte getID() {
      return 0;
    }

    @Override
    public int getEncodeSize(Message message) {
      return ID_BYTES + message.data.length;
    }

    @Override
    public void encode(ActiveMQBuffer buffer, Message message) {
      buffer.writeBytes(message.id.toBytes());
      buffer.writeBytes(message.data);
    }

    @Override
    public Message decode(
        ActiveMQBuffer buffer, @Nullable Message message, @Nullable CoreMessageObjectPools pools) {
      throw new IllegalStateException("the journal never reads with it");
    }
  }

  /** A future that the journal completes, on its own threads. */
  private static final class Forced extends CompletableFuture<Void> implements IOCompletion {
    @Override
    public void storeLineUp() {}

    @Override
    public void done() {
      complete(null);
    }

    @Override
    public void onError(int code, String message) {
      completeExceptionally(new IOException("error " + code + " of the journal: " + message));
    }
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    Forced done = new Forced();
    try {
      journal.appendAddRecord(
          MessageIds.number(id), RECORD_TYPE, Writer.INSTANCE, new Message(id, data), true, done);
    } catch (Exception e) {
      done.completeExceptionally(e);
    }
    return done;
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    Forced done = new Forced();
    try {
      journal.appendDeleteRecord(MessageIds.number(id), true, done);
    } catch (Exception e) {
      done.completeExceptionally(e);
    }
    return done;
  }

  @Override
  public void scan(Visitor visitor) throws IOException {
    if (found.leftOut != 0) {
      throw new IOException(found.leftOut + " messages more than fit in memory");
    }
    for (RecordInfo record : found.records.values()) {
      ActiveMQBuffer buffer = record.wrapData();
      byte[] id = new byte[ID_BYTES];
      buffer.readBytes(id);
      byte[] data = new byte[buffer.readableBytes()];
      buffer.readBytes(data);
      visitor.visit(SpoolId.fromBytes(id), data);
    }
    found.records.clear();
  }

  @Override
  public void close() throws IOException {
    try {
      journal.stop();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
