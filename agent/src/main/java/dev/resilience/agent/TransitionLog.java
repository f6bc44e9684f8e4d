package dev.resilience.agent;

import dev.resilience.breaker.Found;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import dev.resilience.log.AgentLog;

/** Says every change of state in one line. */
final class TransitionLog implements TransitionListener {

    @Override
    public void onTransition(Transition change) {
        AgentLog.info(
                "circuit '" + change.service() + "': " + change.from() + " -> " + change.to() + ", " + change.reason());
    }

    @Override
    public void onFound(Found found) {
        AgentLog.info("circuit '" + found.service() + "': found " + found.words());
    }
}
