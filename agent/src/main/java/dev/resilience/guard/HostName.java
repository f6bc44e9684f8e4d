package dev.resilience.guard;

import dev.resilience.rule.HostNames;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The name by which a circuit of a single host is known. */
final class HostName {

    private static final int LONGEST = 200;

    private HostName() {}

    /**
     * @param address a host, or a JDBC address
     * @return in lower case, without credentials, and of characters that are safe in keys and names; null when there is none
     */
    static @Nullable String of(String address) {
        String host = address;
        if (address.regionMatches(true, 0, "jdbc:", 0, 5)) {
            int begin = address.indexOf("//");
            if (begin < 0) {
                return null;
            }
            int end = begin + 2;
            while (end < address.length() && "/;?".indexOf(address.charAt(end)) < 0) {
                end++;
            }
            host = address.substring(begin + 2, end);
            host = host.substring(host.lastIndexOf('@') + 1);
        } else {
            host = HostNames.bare(HostNames.usual(host));
        }
        if (host.isEmpty() || host.length() > LONGEST) {
            return null;
        }
        StringBuilder name = new StringBuilder(host.length());
        for (char c : host.toLowerCase(Locale.ROOT).toCharArray()) {
            boolean safe = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || ".-_:,[]".indexOf(c) >= 0;
            name.append(safe ? c : '_');
        }
        return name.toString();
    }
}
