/**
 * A durable message spool: the store of every message that a mail server, a broker or a gateway has
 * accepted and not yet delivered.
 *
 * <p>{@link dev.spool.Spools#open(String)} opens a {@link dev.spool.Spool} by URI. A message is an
 * array of bytes under a {@link dev.spool.SpoolId}; {@link dev.spool.Durability} says what survives
 * once a call has completed; every failure is a {@link dev.spool.SpoolException} that tells whether
 * a write may have been applied.
 *
 * <pre>{@code
 * try (Spool spool = Spools.open("file:/var/spool/app")) {
 *   SpoolId id = SpoolId.random();
 *   spool.store(id, message).join(); // survives a power cut from here on: now answer "250 OK"
 *   deliver(spool.load(id).join());
 *   spool.remove(id).join();
 * }
 * }</pre>
 */
@NullMarked
package dev.spool;

import org.jspecify.annotations.NullMarked;
