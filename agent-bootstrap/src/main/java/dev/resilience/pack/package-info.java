/** Makes the one jar out of its parts. Used by the build alone and not part of the jar. */
package dev.resilience.pack;
