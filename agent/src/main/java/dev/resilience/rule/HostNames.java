package dev.resilience.rule;

/** Host names as table keys: case, the brackets of an IPv6 address and the root's dot at the end make no difference. */
final class HostNames {

    private HostNames() {}

    /** Without brackets and the last dot. */
    static String bare(String host) {
        return host.substring(start(host), end(host));
    }

    static int start(String host) {
        return host.startsWith("[") ? 1 : 0;
    }

    static int end(String host) {
        int end = host.length();
        if (end > 1 && (host.charAt(end - 1) == '.' || host.charAt(end - 1) == ']')) {
            end--;
        }
        return end;
    }

    /** Length without brackets and the last dot. */
    static int length(String host) {
        return end(host) - start(host);
    }

    /** Tells most hosts apart by next to nothing: their length and first letter. */
    static int mark(String host) {
        int length = length(host);
        return length == 0 ? 0 : 31 * length + Glob.fold(host.charAt(start(host)));
    }

    /** As {@link String#hashCode()} of the bare host in lower case, which costs next to nothing where the host is that. */
    static int hash(String host) {
        int hash = 0;
        for (int i = start(host), end = end(host); i < end; i++) {
            hash = 31 * hash + Glob.fold(host.charAt(i));
        }
        return hash;
    }

    /** @param key bare and in lower case */
    static boolean same(String key, String host) {
        int start = start(host);
        int length = length(host);
        if (key.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (key.charAt(i) != Glob.fold(host.charAt(start + i))) {
                return false;
            }
        }
        return true;
    }
}
