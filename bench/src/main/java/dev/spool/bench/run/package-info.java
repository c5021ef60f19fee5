/** Runs rows in fresh JVMs, keeps their figures, and makes tables, plots and verdicts of them. */
@NullMarked
package dev.spool.bench.run;

import org.jspecify.annotations.NullMarked;
