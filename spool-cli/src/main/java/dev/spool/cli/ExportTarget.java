package dev.spool.cli;

import dev.spool.SpoolEntry;
import java.io.Closeable;
import java.io.IOException;

/** What an export writes messages to. */
interface ExportTarget extends Closeable {

  /** Returns how many threads may write at once; each waits for the disk by itself. */
  int writers();

  /** Writes a message, unless it is there, or this target cannot hold it as it is. */
  ExportResult write(SpoolEntry.Item message) throws IOException;

  /** Brings what was written onto stable storage: nothing counts as exported before. */
  void finish() throws IOException;

  /** Leaves nothing half written behind, if {@link #finish} was not reached. */
  @Override
  void close() throws IOException;
}
