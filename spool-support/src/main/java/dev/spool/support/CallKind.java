package dev.spool.support;

/** The calls that are admitted. */
enum CallKind {
  STORE("the store"),
  LOAD("the load"),
  REMOVE("the removal");

  private final String noun;

  CallKind(String noun) {
    this.noun = noun;
  }

  String noun() {
    return noun;
  }
}
