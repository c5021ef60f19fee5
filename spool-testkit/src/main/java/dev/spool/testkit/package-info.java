/** The contract that every backend passes, and faults to inject. */
@NullMarked
package dev.spool.testkit;

import org.jspecify.annotations.NullMarked;
