package dev.resilience.breaker;

import dev.resilience.log.AgentLog;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Tells listeners what became of circuits, in order, on the agent's thread: nothing is called while a circuit is locked. */
final class TransitionFeed {

    private final Executor executor;
    private final List<TransitionListener> listeners = new CopyOnWriteArrayList<>();
    private final Queue<Consumer<TransitionListener>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger untold = new AtomicInteger();

    TransitionFeed(Executor executor) {
        this.executor = executor;
    }

    void add(TransitionListener listener) {
        listeners.add(listener);
    }

    void changed(Transition transition) {
        tell(listener -> listener.onTransition(transition));
    }

    void found(Found found) {
        tell(listener -> listener.onFound(found));
    }

    void gone(String service) {
        tell(listener -> listener.onGone(service));
    }

    /** Called with a circuit's lock held, so that its news queue in order. */
    private void tell(Consumer<TransitionListener> news) {
        waiting.add(news);
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
                Consumer<TransitionListener> next = waiting.poll();
                if (next != null) {
                    tellAll(next);
                }
            }
            told = untold.addAndGet(-told);
        } while (told > 0);
    }

    private void tellAll(Consumer<TransitionListener> news) {
        for (TransitionListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (Throwable failure) {
                AgentLog.warn("listener " + listener.getClass().getName(), "a listener failed", failure);
            }
        }
    }
}
