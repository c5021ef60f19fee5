package dev.spool;

/** The scan ended before it had seen everything, since a consumer closed its channel. */
public final class ScanCancelledException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /** Makes the failure of a scan whose channel was closed. */
  public ScanCancelledException() {
    super(
        "the scan was cancelled",
        "the channel was closed before the scan had seen everything",
        Outcome.NOT_APPLIED,
        null);
  }
}
