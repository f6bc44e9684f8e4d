/** Applications of JDBC as they are, in one JVM under the jar: nothing here names a class of the agent's. */
package dev.resilience.testapps.jdbc;
