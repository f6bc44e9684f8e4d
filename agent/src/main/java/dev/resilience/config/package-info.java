/**
 * From YAML to immutable records: discovery, limits, validation with line and column, defaults and inheritance. The only room that knows SnakeYAML.
 */
@NullMarked
package dev.resilience.config;

import org.jspecify.annotations.NullMarked;
