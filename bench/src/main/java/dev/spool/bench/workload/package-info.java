/** What the stores are put through: the workloads W1 to W6, and what is measured meanwhile. */
@NullMarked
package dev.spool.bench.workload;

import org.jspecify.annotations.NullMarked;
