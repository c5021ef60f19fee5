/** The command line, and the running of rows in fresh JVMs. */
@NullMarked
package dev.spool.bench.run;

import org.jspecify.annotations.NullMarked;
