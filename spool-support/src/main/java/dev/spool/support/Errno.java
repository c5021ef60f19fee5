package dev.spool.support;

/** The error numbers of the operating system that the spool tells apart. */
public enum Errno {
  EIO,
  OTHER
}
