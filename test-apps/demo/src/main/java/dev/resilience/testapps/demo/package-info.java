/**
 * One outage, lived through twice by the same three instances of the booking application under the same traffic: first as
 * they are, then with {@code -javaagent:resilience.jar}. Ends with a table of what was measured. Read {@link
 * dev.resilience.testapps.demo.Demo} first.
 */
package dev.resilience.testapps.demo;
