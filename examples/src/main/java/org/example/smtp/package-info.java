/**
 * An SMTP receiver over two spools: it acknowledges a message once body and envelope are on stable
 * storage, and delivers it at least once.
 */
@NullMarked
package org.example.smtp;

import org.jspecify.annotations.NullMarked;
