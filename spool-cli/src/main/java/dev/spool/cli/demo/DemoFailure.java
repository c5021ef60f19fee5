package dev.spool.cli.demo;

/** A step of the demo did not go as promised. */
final class DemoFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoFailure(String message) {
    super(message);
  }
}
