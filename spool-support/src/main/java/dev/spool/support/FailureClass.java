package dev.spool.support;

/** What a failure says about the spool, and so what {@link HealthLatch} does about it. */
public enum FailureClass {
  /** The device, the file system or the engine is broken: stores are refused at once. */
  FATAL,
  /** Something runs short that may come back by itself: stores are refused if it goes on. */
  SUSPECT,
  /** No room: bytes, inodes or quota. Stores are refused until there is some again. */
  SPACE,
  /** One message is damaged; the others are served. */
  ENTRY,
  /** Says nothing about the spool's health. */
  NONE
}
