/**
 * A backend by somebody else that lasts: a file for each message. It is built on {@code
 * spool-support}, and passes all contracts of {@code spool-testkit}; it uses nothing of either that
 * is not public.
 */
@NullMarked
package org.example.folderspool;

import org.jspecify.annotations.NullMarked;
