package dev.resilience.guard;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Host and port of an address whose host {@link URI} does not take for one: names with an underscore, as container networks
 * have them.
 *
 * @param host null when there is none
 * @param port -1 when there is none
 */
record Authority(@Nullable String host, int port) {

    private static final int MOST_DIGITS = 5;

    static Authority of(URI uri) {
        String text = uri.getRawAuthority();
        if (text == null) {
            return new Authority(null, -1);
        }
        String place = text.substring(text.lastIndexOf('@') + 1);
        int colon = place.lastIndexOf(':');
        String digits = colon < 0 ? "" : place.substring(colon + 1);
        boolean number = !digits.isEmpty()
                && digits.length() <= MOST_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? new Authority(place.substring(0, colon), Integer.parseInt(digits)) : new Authority(place, -1);
    }
}
