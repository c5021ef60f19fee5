package dev.spool.bench.workload;

/**
 * A workload with its parameters: what a row of the table is about.
 *
 * @param workload W1 to W6
 * @param size bytes a message; 0 where sizes are mixed
 * @param inFlight messages that await their acknowledgement at once
 * @param entries messages in the store before it is measured
 * @param cold whether the page cache is dropped before it is measured
 */
public record Case(String workload, int size, int inFlight, long entries, boolean cold) {

  /** What the row is called: {@code W1 4 KiB x 64}. */
  public String label() {
    StringBuilder label = new StringBuilder(workload);
    if (size > 0) {
      label.append(size % 1024 == 0 ? " %d KiB".formatted(size >> 10) : " %d B".formatted(size));
    }
    if (inFlight > 0) {
      label.append(" x ").append(inFlight);
    }
    if (entries > 0) {
      label.append(" of ").append(entries);
    }
    if (cold) {
      label.append(" cold");
    }
    return label.toString();
  }
}
