package dev.resilience.rule;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One compiled rule for HTTP calls; {@code number} is its place in the table. Immutable; matching allocates nothing. */
final class HttpRule {

    final int number;
    final @Nullable Glob host;
    private final String[] methods;
    private final @Nullable String scheme;
    private final int port;
    private final @Nullable PathPattern path;

    HttpRule(
            int number,
            Set<String> methods,
            @Nullable String scheme,
            @Nullable String host,
            @Nullable Integer port,
            @Nullable String path) {
        this.number = number;
        this.methods = methods.toArray(new String[0]);
        for (int each = 0; each < this.methods.length; each++) {
            // Applications name methods by constants, which are interned: these compare at once.
            this.methods[each] = this.methods[each].intern();
        }
        this.scheme = scheme;
        this.host = host == null || host.equals("*") ? null : Glob.exact(HostNames.usual(HostNames.bare(host)));
        this.port = port == null ? 0 : port;
        this.path = path == null || path.equals("**") || path.equals("/**") ? null : new PathPattern(path);
    }

    /** All but the host. @param callPort zero or less for the scheme's own */
    boolean matchesRest(String method, @Nullable String callScheme, int callPort, String callPath) {
        return (port == 0 || port == (callPort > 0 ? callPort : defaultPort(callScheme)))
                && matchesMethod(method)
                && (scheme == null || scheme.equalsIgnoreCase(callScheme))
                && (path == null || path.matches(callPath));
    }

    /** Whether no call can reach {@code later} that this rule does not take; false also when it cannot be told. */
    boolean covers(HttpRule later) {
        return (port == 0 || port == later.port)
                && coversMethods(later)
                && (scheme == null || scheme.equalsIgnoreCase(later.scheme))
                && (host == null || (later.host != null && host.covers(later.host)))
                && (path == null || (later.path != null && path.covers(later.path)));
    }

    private boolean coversMethods(HttpRule later) {
        if (methods.length == 0) {
            return true;
        }
        if (later.methods.length == 0) {
            return false;
        }
        for (String method : later.methods) {
            if (!matchesMethod(method)) {
                return false;
            }
        }
        return true;
    }

    private boolean matchesMethod(String method) {
        if (methods.length == 0) {
            return true;
        }
        for (String one : methods) {
            if (one.equalsIgnoreCase(method)) {
                return true;
            }
        }
        return false;
    }

    private static int defaultPort(@Nullable String scheme) {
        if (scheme == null) {
            return 0;
        }
        if (scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("wss")) {
            return 443;
        }
        return scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("ws") ? 80 : 0;
    }
}
