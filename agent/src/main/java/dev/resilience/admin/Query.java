package dev.resilience.admin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that was let in, as a route sees it.
 *
 * @param method upper case
 * @param parameters of the query, decoded
 * @param accept the {@code Accept} header; empty when there was none
 * @param ifNoneMatch the header of that name; empty when there was none
 * @param who asks, for the record
 */
record Query(
        String method,
        String path,
        Map<String, List<String>> parameters,
        String accept,
        String ifNoneMatch,
        String who) {

    /** The value that must be there. */
    String needed(String name) {
        String value = parameter(name);
        if (value == null) {
            throw new Problem(400, "Bad parameter", "'" + name + "' is needed");
        }
        return value;
    }

    @Nullable
    String parameter(String name) {
        List<String> values = parameters.get(name);
        return values == null || values.isEmpty() || values.get(0).isEmpty() ? null : values.get(0);
    }

    /**
     * The value; null where the request does not name it. Named and empty is wrong where leaving it out would do more, or for
     * longer, than was meant: a script's variable that was not set.
     */
    @Nullable
    String stated(String name) {
        String value = parameter(name);
        if (value == null && parameters.containsKey(name)) {
            throw new Problem(400, "Bad parameter", "'" + name + "' is empty: give it a value, or leave it out");
        }
        return value;
    }

    int number(String name, int otherwise, int least, int most) {
        String text = parameter(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notOne) {
            // Said below.
        }
        throw new Problem(
                400, "Bad parameter", "'" + name + "' has to be a whole number from " + least + " to " + most);
    }
}
