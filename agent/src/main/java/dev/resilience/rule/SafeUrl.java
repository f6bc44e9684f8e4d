package dev.resilience.rule;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An address as it may be shown: credentials and secret parameters read {@code REDACTED}, as the conventions ask. */
public final class SafeUrl {

    private static final String REDACTED = "REDACTED";
    private static final int MOST_SHOWN = 4_096;

    private static final List<String> SECRET_PARTS = List.of(
            "token",
            "key",
            "secret",
            "passw",
            "pwd",
            "auth",
            "sig",
            "session",
            "credential",
            "jwt",
            "code",
            "assertion",
            "cookie",
            "sid");

    private SafeUrl() {}

    public static String of(URI uri) {
        StringBuilder url = new StringBuilder();
        if (uri.getScheme() != null) {
            url.append(uri.getScheme()).append(':');
        }
        String authority = uri.getRawAuthority();
        if (authority != null) {
            int at = authority.lastIndexOf('@');
            url.append("//");
            if (at >= 0) {
                url.append(REDACTED).append(':').append(REDACTED).append('@');
            }
            url.append(authority, at + 1, authority.length());
        }
        if (uri.getRawPath() != null) {
            url.append(uri.getRawPath());
        }
        String query = uri.getRawQuery();
        if (query != null) {
            url.append('?');
            appendQuery(url, query);
        }
        if (url.length() > MOST_SHOWN) {
            url.setLength(MOST_SHOWN);
            url.append("...");
        }
        return url.toString();
    }

    /** The port, that of the scheme where none is written; -1 when neither tells. */
    public static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        String scheme = uri.getScheme();
        if ("https".equalsIgnoreCase(scheme) || "wss".equalsIgnoreCase(scheme)) {
            return 443;
        }
        return "http".equalsIgnoreCase(scheme) || "ws".equalsIgnoreCase(scheme) ? 80 : -1;
    }

    /** The host, also where its name is none that {@code URI} takes, as with an underscore. */
    public static @Nullable String host(URI uri) {
        if (uri.getHost() != null || uri.getRawAuthority() == null) {
            return uri.getHost();
        }
        String authority = uri.getRawAuthority();
        String server = authority.substring(authority.lastIndexOf('@') + 1);
        int colon = server.lastIndexOf(':');
        return colon < 0 ? server : server.substring(0, colon);
    }

    private static void appendQuery(StringBuilder url, String query) {
        int from = 0;
        while (from <= query.length()) {
            int end = query.indexOf('&', from);
            end = end < 0 ? query.length() : end;
            int equals = query.indexOf('=', from);
            if (from > 0) {
                url.append('&');
            }
            if (equals >= 0 && equals < end && secret(query.substring(from, equals))) {
                url.append(query, from, equals + 1).append(REDACTED);
            } else {
                url.append(query, from, end);
            }
            from = end + 1;
        }
    }

    private static boolean secret(String parameter) {
        String lower = parameter.toLowerCase(Locale.ROOT);
        return SECRET_PARTS.stream().anyMatch(lower::contains);
    }
}
