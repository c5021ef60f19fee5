/** The {@code spool} command. */
@NullMarked
package dev.spool.cli;

import org.jspecify.annotations.NullMarked;
