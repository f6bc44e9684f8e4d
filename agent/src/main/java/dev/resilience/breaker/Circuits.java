package dev.resilience.breaker;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** All circuits of this instance. Thread-safe. */
public interface Circuits {

    /** In file order. */
    Collection<? extends Circuit> all();

    @Nullable
    Circuit find(String service);

    StoreMode mode();

    void addListener(TransitionListener listener);
}
