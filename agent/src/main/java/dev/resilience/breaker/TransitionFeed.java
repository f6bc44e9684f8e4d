package dev.resilience.breaker;

import dev.resilience.log.AgentLog;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Tells listeners of transitions, in order, on the agent's thread: nothing is called while a circuit is locked. */
final class TransitionFeed {

    private final Executor executor;
    private final List<TransitionListener> listeners = new CopyOnWriteArrayList<>();
    private final Queue<Transition> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger untold = new AtomicInteger();

    TransitionFeed(Executor executor) {
        this.executor = executor;
    }

    void add(TransitionListener listener) {
        listeners.add(listener);
    }

    /** Called with a circuit's lock held, so that its transitions queue in order. */
    void tell(Transition transition) {
        waiting.add(transition);
        if (untold.getAndIncrement() == 0) {
            try {
                executor.execute(this::drain);
            } catch (RuntimeException closing) {
                // The agent's threads are gone, and with them everybody who wanted to know.
                untold.set(0);
            }
        }
    }

    private void drain() {
        int told = untold.get();
        do {
            for (int i = 0; i < told; i++) {
                Transition next = waiting.poll();
                if (next != null) {
                    tellAll(next);
                }
            }
            told = untold.addAndGet(-told);
        } while (told > 0);
    }

    private void tellAll(Transition transition) {
        for (TransitionListener listener : listeners) {
            try {
                listener.onTransition(transition);
            } catch (Throwable failure) {
                AgentLog.warn("listener " + listener.getClass().getName(), "a listener failed", failure);
            }
        }
    }
}
