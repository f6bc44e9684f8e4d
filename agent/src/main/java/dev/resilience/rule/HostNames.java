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

    static int hash(String host) {
        int hash = 0;
        for (int i = start(host), end = end(host); i < end; i++) {
            hash = 31 * hash + Glob.fold(host.charAt(i));
        }
        return hash ^ (hash >>> 16);
    }

    /** @param key bare and in lower case */
    static boolean same(String key, String host) {
        int start = start(host);
        int length = end(host) - start;
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
