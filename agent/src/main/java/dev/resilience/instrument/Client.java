package dev.resilience.instrument;

/**
 * One kind of client: what its woven methods have in common. Made once, by a public constructor that takes a {@link
 * dev.resilience.guard.Guard}, when the first of its woven methods is called.
 */
public interface Client {

    /** The adapter of one woven method of this client; asked once for each. */
    Adapter adapter(WeavePoint point);
}
