/**
 * What the agent costs, beside what others cost in the same run. {@link dev.resilience.testapps.benchmarks.CallBenchmarks}
 * measures one call by JMH, {@link dev.resilience.testapps.benchmarks.StartupBenchmark} whole processes.
 */
package dev.resilience.testapps.benchmarks;
