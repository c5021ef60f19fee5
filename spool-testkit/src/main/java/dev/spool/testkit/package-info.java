/**
 * The contract that every backend passes, and faults to inject.
 *
 * <p>For a backend of your own write a {@link SpoolFixture}, and a test class for each of these
 * interfaces that returns it. Nothing else is asked for, but where a contract says so; the provider
 * of the fixture's addresses has to be on the class path, since most start processes that open
 * them. {@code docs/backends.md} tells what each of them tries, and takes.
 *
 * <ul>
 *   <li>{@link SpoolContract}: what a {@link dev.spool.Spool} does; a fixture declares by {@link
 *       Trait}s what it has not.
 *   <li>{@link KillContract}, {@link OpeningContract}: processes that are killed, and two that open
 *       at once.
 *   <li>{@link StorageDamageContract}: damage to any file.
 *   <li>{@link MountedFaultContract}, {@link PowerCutContract}: a file system that fails, stalls
 *       and forgets, and real ones whose power is cut.
 *   <li>{@link ShortageContract}, {@link ClockContract}: descriptors, heap, room and inodes that
 *       are used up, and a clock that steps.
 *   <li>{@link FaultContract}: every operation on a {@link dev.spool.support.Disk}. It does not
 *       apply to a backend that uses files in another way.
 * </ul>
 */
@NullMarked
package dev.spool.testkit;

import org.jspecify.annotations.NullMarked;
