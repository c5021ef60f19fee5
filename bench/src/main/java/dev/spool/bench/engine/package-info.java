/** The stores that are compared: ours, and its peers. */
@NullMarked
package dev.spool.bench.engine;

import org.jspecify.annotations.NullMarked;
