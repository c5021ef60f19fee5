/** What the backends of Spool share. */
@NullMarked
package dev.spool.support;

import org.jspecify.annotations.NullMarked;
