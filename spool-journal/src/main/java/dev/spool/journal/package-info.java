/** A spool in a log of segments that are written over and over again. */
@NullMarked
package dev.spool.journal;

import org.jspecify.annotations.NullMarked;
