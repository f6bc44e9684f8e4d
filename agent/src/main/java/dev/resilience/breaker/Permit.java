package dev.resilience.breaker;

/**
 * The answer to "may this call go out". A granted permit is settled exactly once, on every path; settling it again does
 * nothing. Permits of CLOSED and OPEN are shared objects, so that asking allocates nothing.
 */
public interface Permit {

    /** Whether the call may be made. */
    boolean granted();

    /** Whether the call is one of the few that decide on recovery. */
    boolean trial();

    /** State of the circuit when it was asked. */
    State state();

    /** Generation of the state in which it was given; outcomes of earlier generations change nothing. */
    long epoch();

    /** For a refused permit: milliseconds until the next trial call may be made, 0 when unknown or due. */
    long retryAfterMillis();

    /** Nobody ends its call once nobody holds this any more: a trial's permit comes back then. */
    default void heldBy(Object holder) {}
}
