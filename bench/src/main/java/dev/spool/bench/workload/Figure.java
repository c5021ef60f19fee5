package dev.spool.bench.workload;

/** What is measured. */
public enum Figure {
  MESSAGES_PER_SECOND(
      "msg/s", "messages a second, each with all that the workload does with it", true),
  MEGABYTES_PER_SECOND("MB/s", "payload, in units of 10^6 bytes", true),
  P50("p50 µs", "median time of the workload's first step, from its call to its completion", false),
  P99("p99 µs", "99th percentile", false),
  P999("p99.9 µs", "99.9th percentile", false),
  MAX("max µs", "longest of those that began in the measured time", false),
  LOAD_P99("load p99 µs", "99th percentile of loads", false),
  REMOVE_P99("remove p99 µs", "99th percentile of removals", false),
  REMOVE_LATE("late ms", "longest that a removal began after it was due (W6)", false),
  DEVICE_BYTES(
      "WA",
      "bytes that reached the block device for each payload byte, until closed and synced; what a store"
          + " would compact or clean up later is not in it",
      false),
  CPU_PER_MESSAGE("CPU µs/msg", "processor time of the whole process", false),
  PEAK_MEMORY(
      "RSS MiB",
      "most memory resident, of the whole process; files that it maps count, the page cache of those that it reads does not",
      false),
  DISK_USED(
      "disk MiB",
      "length of the files after closing, those written ahead or kept in reserve too",
      false),
  OPEN_TIME(
      "reopen ms",
      "from the call of open until it returned: in the same process, or a fresh one if there is a backlog",
      false),
  FIRST_ENTRY("first ms", "from opening until the first message of a scan", false),
  LAST_ENTRY("last ms", "from opening until the last message of a scan", false),
  MEMORY_PER_MESSAGE(
      "B/msg",
      "memory that opening a filled store took, after a garbage collection, a message: of 10,000 it is mostly"
          + " what an open store takes anyway",
      false);

  private final String column;
  private final String meaning;
  private final boolean moreIsBetter;

  Figure(String column, String meaning, boolean moreIsBetter) {
    this.column = column;
    this.meaning = meaning;
    this.moreIsBetter = moreIsBetter;
  }

  /** The head of its column, with the unit. */
  public String column() {
    return column;
  }

  /** What it says. */
  public String meaning() {
    return meaning;
  }

  /** Whether a greater value is a better one. */
  public boolean moreIsBetter() {
    return moreIsBetter;
  }
}
