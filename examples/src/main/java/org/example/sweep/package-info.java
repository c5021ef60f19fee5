/** When a server looks through its spool for what is still to be delivered. */
@NullMarked
package org.example.sweep;

import org.jspecify.annotations.NullMarked;
