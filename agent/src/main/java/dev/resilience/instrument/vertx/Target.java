package dev.resilience.instrument.vertx;

import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.rule.HostNames;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.RequestOptions;
import java.lang.reflect.Method;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where a request goes, by its options and what its client was told to take where they say nothing.
 *
 * @param uri path and query, as it is sent
 */
record Target(String method, String scheme, String host, int port, String uri) {

    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /** Its result's type is another one in each generation. */
    private static final Method SERVER = server();

    /** Null where the client's own settings cannot be told. */
    static @Nullable Target of(HttpClient client, RequestOptions options) {
        try {
            String host = options.getHost();
            Integer port = options.getPort();
            Object server = SERVER.invoke(options);
            if (server != null) {
                host = host == null ? (String) told(server, "host") : host;
                port = port == null ? (Integer) told(server, "port") : port;
            }
            Object own = HiddenFields.value(client, "options");
            HttpClientOptions settings = own instanceof HttpClientOptions known ? known : null;
            Boolean ssl = options.isSsl();
            boolean secure = ssl != null ? ssl : settings != null ? settings.isSsl() : is(client, "defaultSsl");
            if (host == null) {
                host = settings != null
                        ? settings.getDefaultHost()
                        : (String) HiddenFields.value(client, "defaultHost");
            }
            if (port == null) {
                port = settings == null
                        ? (Integer) HiddenFields.value(client, "defaultPort")
                        : Integer.valueOf(settings.getDefaultPort());
            }
            if (host == null || port == null) {
                return null;
            }
            String uri = options.getURI() == null || options.getURI().isEmpty() ? "/" : options.getURI();
            return new Target(options.getMethod().name(), secure ? "https" : "http", host, port, uri);
        } catch (ReflectiveOperationException | ClassCastException unknown) {
            return null;
        }
    }

    private static Method server() {
        try {
            return RequestOptions.class.getMethod("getServer");
        } catch (NoSuchMethodException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    private static boolean is(HttpClient client, String name) throws ReflectiveOperationException {
        return Boolean.TRUE.equals(HiddenFields.value(client, name));
    }

    private static @Nullable Object told(Object server, String what) throws ReflectiveOperationException {
        Class<?> type = Class.forName(
                "io.vertx.core.net.SocketAddress", false, server.getClass().getClassLoader());
        return type.isInstance(server) ? type.getMethod(what).invoke(server) : null;
    }

    String path() {
        if (!uri.startsWith("/")) {
            return "/";
        }
        int end = uri.indexOf('?');
        return end < 0 ? uri : uri.substring(0, end);
    }

    URI asked(String otherUri) {
        boolean standard = port == (scheme.equals("https") ? HTTPS : HTTP);
        String url = otherUri.startsWith("http")
                ? otherUri
                : scheme + "://" + HostNames.inUrl(host) + (standard ? "" : ":" + port) + otherUri;
        try {
            return URI.create(url);
        } catch (IllegalArgumentException unescaped) {
            return URI.create(url.replace(" ", "%20").replaceAll("[^\\x21-\\x7e]|[\"<>\\\\^`{|}]", "_"));
        }
    }
}
