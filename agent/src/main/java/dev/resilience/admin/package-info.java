/**
 * What operators reach from outside: JMX and HTTP.
 */
@NullMarked
package dev.resilience.admin;

import org.jspecify.annotations.NullMarked;
