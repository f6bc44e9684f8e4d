package dev.resilience.instrument.reactor;

import dev.resilience.rule.HostNames;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientConfig;

/**
 * Where a call of Reactor Netty goes, by the client's own reading of its settings.
 *
 * @param port -1 for the scheme's own
 * @param path as it is sent, without the query
 * @param query with its question mark, or empty
 */
record Target(String method, String scheme, String host, int port, String path, String query) {

    /** As in the client's {@code UriEndpointFactory}: the scheme may be missing. */
    private static final Pattern URL =
            Pattern.compile("(?:(\\w+)://)?((?:\\[.+?])|(?<!\\[)(?:[^/?]+?))(?::(\\d{2,5}))?([/?].*)?");

    private static final int MOST_DIGITS = 5;

    /** Null where it goes to no host, or the client itself will not understand it. */
    static @Nullable Target of(HttpClientConfig config) {
        String uri = config.uri() == null ? "/" : config.uri();
        String base = config.baseUrl();
        if (base != null && uri.startsWith("/")) {
            uri = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + uri;
        }
        String method = config.method().name();
        String ownScheme = config.isSecure() ? "https" : "http";
        if (uri.startsWith("/")) {
            SocketAddress address = config.remoteAddress() == null
                    ? null
                    : config.remoteAddress().get();
            return address instanceof InetSocketAddress server
                    ? of(method, ownScheme, server.getHostString(), server.getPort(), uri)
                    : null;
        }
        Target plain = plain(method, uri);
        if (plain != null) {
            return plain;
        }
        Matcher parts = URL.matcher(uri);
        if (!parts.matches()) {
            return null;
        }
        String scheme = parts.group(1) == null ? ownScheme : parts.group(1).toLowerCase(Locale.ROOT);
        int port = parts.group(3) == null ? -1 : Integer.parseInt(parts.group(3));
        return of(method, scheme, parts.group(2), port, parts.group(4) == null ? "/" : parts.group(4));
    }

    /** What the pattern would find, of addresses as most are; null for all others. */
    private static @Nullable Target plain(String method, String uri) {
        String scheme = uri.startsWith("http://") ? "http" : uri.startsWith("https://") ? "https" : "";
        if (scheme.isEmpty()) {
            return null;
        }
        int from = scheme.length() + "://".length();
        int end = from;
        while (end < uri.length() && isOfName(uri.charAt(end))) {
            end++;
        }
        int port = -1;
        int rest = end;
        if (rest < uri.length() && uri.charAt(rest) == ':') {
            int digits = ++rest;
            while (rest < uri.length() && rest - digits < MOST_DIGITS && isDigit(uri.charAt(rest))) {
                rest++;
            }
            if (rest - digits < 2) {
                return null;
            }
            port = Integer.parseInt(uri, digits, rest, 10);
        }
        boolean whole = rest == uri.length() || uri.charAt(rest) == '/' || uri.charAt(rest) == '?';
        return end == from || !whole
                ? null
                : of(method, scheme, uri.substring(from, end), port, rest == uri.length() ? "/" : uri.substring(rest));
    }

    private static boolean isOfName(char c) {
        return c == '.' || c == '-' || isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static Target of(String method, String scheme, String host, int port, String pathAndQuery) {
        int end = pathAndQuery.indexOf('#');
        String sent = end < 0 ? pathAndQuery : pathAndQuery.substring(0, end);
        int mark = sent.indexOf('?');
        String path = mark < 0 ? sent : sent.substring(0, mark);
        return new Target(
                method, scheme, host, port, path.isEmpty() ? "/" : path, mark < 0 ? "" : sent.substring(mark));
    }

    Target at(URI address) {
        return of(method, address.getScheme(), address.getHost(), address.getPort(), pathAndQuery(address));
    }

    private static String pathAndQuery(URI address) {
        return address.getRawQuery() == null
                ? address.getRawPath()
                : address.getRawPath() + "?" + address.getRawQuery();
    }

    URI uri() {
        String url = toString();
        try {
            return URI.create(url);
        } catch (IllegalArgumentException unescaped) {
            return URI.create(url.replace(" ", "%20").replaceAll("[^\\x21-\\x7e]|[\"<>\\\\^`{|}]", "_"));
        }
    }

    @Override
    public String toString() {
        return scheme + "://" + HostNames.inUrl(host) + (port < 0 ? "" : ":" + port) + path + query;
    }
}
