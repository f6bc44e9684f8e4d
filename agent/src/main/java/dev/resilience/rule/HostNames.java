package dev.resilience.rule;

import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Host names as table keys: case, the brackets of an IPv6 address and the root's dot at the end make no difference. Clients
 * spell one host in several ways; {@link #usual} is the same for all of them.
 */
public final class HostNames {

    private HostNames() {}

    /**
     * An IPv6 address in its shortest form (RFC 5952) and without brackets, a name with letters outside ASCII as it is asked of a
     * name server ({@code xn--…}); any other host as it is given.
     */
    public static String usual(String host) {
        if (!variesInSpelling(host)) {
            return host;
        }
        String bare = bare(host);
        try {
            if (bare.indexOf(':') < 0) {
                return IDN.toASCII(bare);
            }
            return Ipv6.shortest(bare);
        } catch (IllegalArgumentException | UnknownHostException noHost) {
            return bare;
        }
    }

    /** As it stands in a URL. */
    public static String inUrl(String host) {
        return host.indexOf(':') < 0 || host.startsWith("[") ? host : "[" + host + "]";
    }

    /** Whether {@link #usual} may differ. */
    static boolean variesInSpelling(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == ':' || c > '~') {
                return true;
            }
        }
        return false;
    }

    /** Without brackets and the last dot. */
    public static String bare(String host) {
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

    /** Loaded when the first such address is met. */
    private static final class Ipv6 {

        /** Whatever else is handed to {@link InetAddress} might be looked up in the network. */
        private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]*");

        private static final Pattern ZEROS = Pattern.compile("(?<![^:])0(:0)+(?![^:])");

        static String shortest(String address) throws UnknownHostException {
            if (!ADDRESS.matcher(address).matches()
                    || !(InetAddress.getByName(address) instanceof Inet6Address parsed)) {
                // Of an interface, or an IPv4 address in IPv6's form: there is one spelling in use.
                return address;
            }
            String whole = parsed.getHostAddress();
            Matcher zeros = ZEROS.matcher(whole);
            int start = 0;
            int end = 0;
            while (zeros.find()) {
                if (zeros.end() - zeros.start() > end - start) {
                    start = zeros.start();
                    end = zeros.end();
                }
            }
            if (end == 0) {
                return whole;
            }
            String before = whole.substring(0, start);
            String after = whole.substring(end);
            return (before.isEmpty() ? ":" : before) + (after.isEmpty() ? ":" : after);
        }
    }
}
