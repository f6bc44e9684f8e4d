package dev.resilience.bootstrap;

/** The agent's side of the bridge. Implementations are called on application threads, event loops among them. */
public interface Gate {

    /**
     * Decides on a call that is about to be made.
     *
     * @param site which woven method asks, as numbered by the agent when it wove the method
     * @param self the object whose method was called
     * @return the passage of this call, or null when the call is none of the agent's business
     */
    Passage enter(int site, Object self, Object first, Object second, Object third);

    /** Takes note of a failure inside the gate; the application's call went through. Never throws. */
    void failed(Throwable failure);
}
