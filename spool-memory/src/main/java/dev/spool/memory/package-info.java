/** A spool in memory. */
@NullMarked
package dev.spool.memory;

import org.jspecify.annotations.NullMarked;
