package dev.resilience.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing wrong in a configuration file; {@link #toString} is the line for people. Never holds a secret: values of secret
 * keys and credentials inside addresses are left out where the problem is found.
 *
 * @param file as it was named
 * @param line from 1; 0 when the whole file is meant
 * @param column from 1; 0 when the whole file is meant
 * @param what what is wrong
 * @param expected what would have been right, null when {@code what} says it all
 * @param nearest the known name that was probably meant, null when none is near
 */
public record ConfigProblem(
        String file,
        int line,
        int column,
        String what,
        @Nullable String expected,
        @Nullable String nearest) {

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(file);
        if (line > 0) {
            out.append(':').append(line).append(':').append(column);
        }
        out.append(": ").append(what);
        if (expected != null) {
            out.append(", expected ").append(expected);
        }
        if (nearest != null) {
            out.append(": did you mean `").append(nearest).append("`?");
        }
        return out.toString();
    }
}
