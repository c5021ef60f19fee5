/** What to tell a peer when a spool fails: the table of docs/embedding.md, as code. */
@NullMarked
package org.example.replies;

import org.jspecify.annotations.NullMarked;
