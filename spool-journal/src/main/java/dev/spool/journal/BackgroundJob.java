package dev.spool.journal;

import java.io.IOException;

/**
 * Something that another thread does for the journal, and what the committer's does then. A class
 * each, and no lambdas: one that is linked while the heap is full may fail until the process ends,
 * and with it whatever waits for the job.
 */
abstract class BackgroundJob {
  /** Does it. On another thread. */
  abstract void work() throws IOException;

  /** Goes on with what came of it. On the committer's thread. */
  abstract void done();

  /** Goes on without. On the committer's thread. */
  abstract void failed(IOException why);
}
