package dev.resilience.bootstrap;

/**
 * One call on its way through the gate, from entry to exit.
 *
 * <p>Woven code reads {@link #skipped} at entry: when true, the application's call is not made. At exit it hands over what
 * the call gave, and gives its caller {@link #result} or throws {@link #thrown}. Used by one thread at a time.
 */
public abstract class Passage {

    /** Whether the application's call is left out; decided before entry returns. */
    public boolean skipped;

    /** What the call is made with in place of its arguments, where the method's advice allows it; null for its own. */
    public Object[] arguments;

    /** What the caller gets, when {@link #thrown} is null. */
    public Object result;

    /** What the caller is thrown, or null. */
    public Throwable thrown;

    /**
     * Settles the call and decides {@link #result} and {@link #thrown}. Not called for a skipped call, whose passage was
     * given both at entry.
     *
     * @param result what the call returned, null when it threw or returns nothing
     * @param thrown what the call threw, or null
     */
    protected abstract void exit(Object result, Throwable thrown);
}
