/** A spool of one file per message. */
@NullMarked
package dev.spool.filesystem;

import org.jspecify.annotations.NullMarked;
