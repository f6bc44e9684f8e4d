/**
 * The command line.
 */
@NullMarked
package dev.resilience.cli;

import org.jspecify.annotations.NullMarked;
