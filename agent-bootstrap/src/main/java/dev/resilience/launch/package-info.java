/** From the JVM's door to the agent's own class loader: the only classes besides the entry point on the class path. */
package dev.resilience.launch;
