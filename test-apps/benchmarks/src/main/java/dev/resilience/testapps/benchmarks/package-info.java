/**
 * What the agent costs, beside what others cost in the same run. {@link dev.resilience.testapps.benchmarks.CallBenchmarks}
 * measures one call by JMH, {@link dev.resilience.testapps.benchmarks.StartupBenchmark} whole processes, {@link
 * dev.resilience.testapps.benchmarks.FallbackBenchmark} stale answers and queued calls.
 */
package dev.resilience.testapps.benchmarks;
