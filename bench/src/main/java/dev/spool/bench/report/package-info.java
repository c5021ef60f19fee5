/** Makes of results what people read: the performance page, its plots, verdicts. */
@NullMarked
package dev.spool.bench.report;

import org.jspecify.annotations.NullMarked;
