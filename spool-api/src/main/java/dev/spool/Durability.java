package dev.spool;

/** What survives once a store or a removal has completed. */
public enum Durability {
  /**
   * The write has been handed to the operating system: it survives the death of the process, not a
   * power cut nor a crash of the operating system.
   */
  BUFFERED,

  /** The write is on stable storage, with its name and its directory: it survives a power cut. */
  SYNC
}
