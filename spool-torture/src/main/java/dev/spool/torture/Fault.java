package dev.spool.torture;

/** What took the process that used the spool away, and with it what was not acknowledged. */
public enum Fault {
  /** The process was killed: what the operating system had been handed is there, BUFFERED too. */
  KILL,
  /** The power failed: what was acknowledged as SYNC is there. */
  POWER_CUT
}
