/** The figures of a run: kept in files, set out in tables, and compared with those of another. */
@NullMarked
package dev.spool.bench.result;

import org.jspecify.annotations.NullMarked;
