/** Faults against the promises, and the oracle that judges what they leave behind. */
@NullMarked
package dev.spool.torture;

import org.jspecify.annotations.NullMarked;
