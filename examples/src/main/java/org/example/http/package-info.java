/** An HTTP receiver: it takes messages, keeps them in a spool, and delivers them at least once. */
@NullMarked
package org.example.http;

import org.jspecify.annotations.NullMarked;
