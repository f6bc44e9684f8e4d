package dev.resilience.instrument;

import dev.resilience.bootstrap.Passage;
import org.jspecify.annotations.Nullable;

/** The agent's side of one woven method. Called on application threads, event loops among them. Thread-safe. */
public interface Adapter {

    /** Stands for one that could not be made. */
    Adapter NONE = (self, first, second, third) -> null;

    /**
     * The method is about to run. What is thrown here is counted, and the call passes untouched.
     *
     * @param self the object whose method was called
     * @param first the method's first arguments, null where it has fewer; where the advice replaces arguments, an array of
     *     them all, and nothing else
     * @return null to let the call run and hear no more of it
     */
    @Nullable
    Passage enter(Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third);
}
