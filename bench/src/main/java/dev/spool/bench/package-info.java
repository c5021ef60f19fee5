/** JMH benchmarks of the backends. */
@NullMarked
package dev.spool.bench;

import org.jspecify.annotations.NullMarked;
