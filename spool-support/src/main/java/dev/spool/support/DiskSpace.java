package dev.spool.support;

/**
 * The size of a file system, and what is left of it.
 *
 * @param totalBytes its size in bytes
 * @param usableBytes what this process may still write, in bytes: without what is reserved for root
 * @param totalInodes how many files it can hold; 0 if it has no limit, or none is known
 * @param freeInodes how many of those this process may still create; 0 if there is no limit, or
 *     none is known
 */
public record DiskSpace(long totalBytes, long usableBytes, long totalInodes, long freeInodes) {

  /** Tells whether the number of files is limited, and known. */
  public boolean inodesKnown() {
    return totalInodes > 0;
  }
}
