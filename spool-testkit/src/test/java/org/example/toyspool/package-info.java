/**
 * A small backend by somebody else: it needs nothing but {@code spool-api}, and passes the
 * contract.
 */
@NullMarked
package org.example.toyspool;

import org.jspecify.annotations.NullMarked;
