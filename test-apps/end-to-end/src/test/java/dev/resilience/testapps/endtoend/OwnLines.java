package dev.resilience.testapps.endtoend;

/** What the agent says on standard error. */
final class OwnLines {

    private OwnLines() {}

    /** Whether a line warns of trouble. That calls fail is told as an alert, if it looks at the right moment, and is none. */
    static boolean warns(String line) {
        return line.contains(" WARN ") && !line.contains("alert raised");
    }
}
