package dev.spool.support;

/** Stands for the first public type of this package, so that it can be exported. */
public final class Placeholder {
  private Placeholder() {}
}
