package dev.resilience.instrument.jdbc;

/** What the method by which a statement is executed gives back. */
enum Expected {
    /** {@code executeQuery}: a result set. */
    ROWS,
    /** {@code executeUpdate}: an int. */
    COUNT,
    /** {@code executeLargeUpdate}: a long. */
    LARGE_COUNT,
    /** {@code execute}: whether there are rows. */
    ANY,
    /** {@code executeBatch}: an int for each. */
    BATCH,
    /** {@code executeLargeBatch}: a long for each. */
    LARGE_BATCH;

    boolean batch() {
        return this == BATCH || this == LARGE_BATCH;
    }

    static Expected of(String method) {
        return switch (method) {
            case "executeQuery" -> ROWS;
            case "executeUpdate" -> COUNT;
            case "executeLargeUpdate" -> LARGE_COUNT;
            case "execute" -> ANY;
            case "executeBatch" -> BATCH;
            case "executeLargeBatch" -> LARGE_BATCH;
            default -> throw new IllegalArgumentException(method);
        };
    }
}
