/**
 * JSON as trees, read and written by Jackson's streams alone.
 */
@NullMarked
package dev.resilience.json;

import org.jspecify.annotations.NullMarked;
