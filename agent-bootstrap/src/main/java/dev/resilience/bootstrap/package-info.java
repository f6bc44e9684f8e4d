/**
 * The classes that live in the boot loader and are named by woven code: {@link dev.resilience.bootstrap.Bridge} asks the
 * agent, {@link dev.resilience.bootstrap.Passage} carries one call from its entry to its exit. They name nothing but
 * {@code java.lang} and {@code java.util}, because the boot loader sees no other module's types, and they hold no logic:
 * that lives in the agent's own loader behind {@link dev.resilience.bootstrap.Gate}.
 */
package dev.resilience.bootstrap;
