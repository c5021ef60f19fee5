package dev.spool.testkit;

/**
 * A declared difference between backends. A case of the contract that depends on one asserts what
 * holds with it where the fixture declares it, and what holds without it elsewhere: no case is
 * skipped.
 */
public enum Trait {
  /**
   * What was stored is there after closing and opening again. Without it a spool that is opened
   * again is empty.
   */
  PERSISTENT,

  /**
   * One process at a time has a spool open; another is refused. Without it another process that
   * opens the same address has a spool of its own. A second opening in the same process is refused
   * by every backend.
   */
  PROCESS_LOCK,

  /**
   * {@code readOnly=true} opens a spool beside its live owner. Without it the setting is refused
   * with {@link IllegalArgumentException}.
   */
  READ_ONLY,

  /**
   * The settings {@code maxInFlightBytes}, {@code maxConcurrentStores}, {@code maxConcurrentLoads},
   * {@code maxConcurrentRemoves}, {@code maxWaiting}, {@code storeDeadline} and {@code
   * loadDeadline} are known. Without it they are refused.
   */
  ADMISSION,

  /** The setting {@code maxMessageSize} is known. Without it it is refused. */
  MESSAGE_LIMIT,

  /**
   * {@link SpoolFixture#openStallable} can hold the storage of a spool still. Without it the cases
   * on deadlines and cancellation assert what holds whichever moment they hit.
   */
  STALLS,

  /**
   * {@link SpoolFixture#damage} can damage one message. Without it there is no storage to damage;
   * {@link FaultySpool#corrupt} shows an embedder what damage looks like.
   */
  DAMAGE,

  /**
   * Damage of one message stays with that message: the rest is served, and stores are taken.
   * Without it the damage is the engine's: what it reaches fails with a typed error, and is never
   * wrong bytes.
   */
  DAMAGE_CONFINED,

  /**
   * There is something to compact. Without it {@code compact} completes with {@code
   * CompactionReport.NONE}.
   */
  COMPACTS
}
