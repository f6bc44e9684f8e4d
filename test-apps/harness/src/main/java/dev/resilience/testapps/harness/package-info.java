/**
 * What tests and the demo need around an application: JVMs of its own ({@link
 * dev.resilience.testapps.harness.JvmUnderTest}), real servers, a stand-in for a dependency that can be broken at will, and
 * bounded traffic. Everything that is started here is ended here, by its own process handle, and nothing leaves loopback.
 */
package dev.resilience.testapps.harness;
