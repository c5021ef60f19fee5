/**
 * A cache of recently stored and loaded messages, around any spool: {@link
 * dev.spool.cache.CachingSpool}.
 *
 * <pre>{@code
 * try (Spool spool = CachingSpool.wrap(Spools.open("file:/var/spool/app"), 64 << 20)) {
 *   SpoolId id = SpoolId.random();
 *   spool.store(id, message).join(); // acknowledged, and cached
 *   deliver(spool.load(id).join()); // from memory
 *   spool.remove(id).join(); // from both
 * }
 * }</pre>
 */
@NullMarked
package dev.spool.cache;

import org.jspecify.annotations.NullMarked;
