package dev.resilience.cli;

/** A command could not be carried out: wrong use, or nobody answers. Its message is all that the user is told; exit status 2. */
final class Unreachable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String said;

    Unreachable(String said) {
        super(said, null, false, false);
        this.said = said;
    }

    /** The message. */
    String said() {
        return said;
    }
}
