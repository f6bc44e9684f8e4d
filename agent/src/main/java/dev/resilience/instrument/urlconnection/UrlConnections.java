package dev.resilience.instrument.urlconnection;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.PerObject;
import dev.resilience.instrument.WeavePoint;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;
import org.jspecify.annotations.Nullable;

/**
 * Guards the JDK's URL connections. A connection object is one call; what is known of it is kept beside it.
 */
public final class UrlConnections implements Client {

    /** Connections of other makes have their own classes. */
    private static final String JDK = "sun.net.www.protocol.http";

    private final Guard guard;
    private final PerObject<HttpURLConnection, Conversation> conversations = new PerObject<>();

    /** {@code Authorization} as the application set it, which a connection tells nobody. */
    private final PerObject<HttpURLConnection, String> authorizations = new PerObject<>();

    /** Those that were told more than can be told to another one. */
    private final PerObject<HttpURLConnection, Boolean> secretive = new PerObject<>();

    public UrlConnections(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return switch (point.method()) {
            case "connect" -> talking(Step.CONNECT);
            case "getOutputStream" -> talking(Step.SEND);
            case "getInputStream" -> talking(Step.RECEIVE);
            case "getErrorStream" -> this::error;
            case "getHeaderField" ->
                "(I)Ljava/lang/String;".equals(point.descriptor())
                        ? telling((heard, argument) -> heard.value(index(argument)))
                        : telling((heard, argument) -> heard.value((String) argument));
            case "getHeaderFieldKey" -> telling((heard, argument) -> heard.key(index(argument)));
            case "getHeaderFields" -> telling((heard, argument) -> heard.fields());
            case "getResponseCode" -> telling((heard, argument) -> heard.status());
            case "getResponseMessage" -> telling((heard, argument) -> heard.reason());
            case "getCipherSuite" -> securing(Secured.CIPHER_SUITE);
            case "getLocalCertificates" -> securing(Secured.LOCAL_CERTIFICATES);
            case "getLocalPrincipal" -> securing(Secured.LOCAL_PRINCIPAL);
            case "getServerCertificates" -> securing(Secured.SERVER_CERTIFICATES);
            case "getPeerPrincipal" -> securing(Secured.PEER_PRINCIPAL);
            case "getSSLSession" -> securing(Secured.SESSION);
            case "disconnect" -> this::disconnect;
            default -> this::property;
        };
    }

    /** What one of the methods that only tell something says of what took the place of a response. */
    @FunctionalInterface
    interface Told {
        @Nullable
        Object of(Heard heard, @Nullable Object argument) throws IOException;
    }

    private static int index(@Nullable Object argument) {
        return argument instanceof Integer index ? index : -1;
    }

    private Adapter talking(Step step) {
        return (self, first, second, third) -> {
            HttpURLConnection connection = (HttpURLConnection) self;
            Conversation conversation = conversation(connection, step);
            return conversation == null ? null : conversation.enter(connection, step);
        };
    }

    private Adapter telling(Told told) {
        return (self, first, second, third) -> {
            HttpURLConnection connection = (HttpURLConnection) self;
            Conversation conversation = conversation(connection, Step.RECEIVE);
            return conversation == null ? null : conversation.tell(connection, told, first);
        };
    }

    private Adapter securing(Secured what) {
        return (self, first, second, third) -> {
            HttpURLConnection connection = (HttpURLConnection) self;
            Conversation conversation = conversations.get(connection);
            return conversation == null ? null : conversation.secured(connection, what);
        };
    }

    /** The one that asks for no response where there is none yet. */
    private @Nullable Passage error(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        Conversation conversation = conversations.get((HttpURLConnection) self);
        return conversation == null ? null : conversation.tellError();
    }

    /** Null when no rule matches. */
    private @Nullable Conversation conversation(HttpURLConnection connection, Step step) {
        Conversation known = conversations.get(connection);
        if (known != null && known.isOver()) {
            // What it wrote before is sent again by the connection, and known to nobody else.
            secretive.put(connection, true);
            known = null;
        }
        if (known != null || !connection.getClass().getName().startsWith(JDK)) {
            return known;
        }
        URL url = connection.getURL();
        String method = connection.getRequestMethod();
        if (step == Step.SEND && "GET".equals(method)) {
            // The connection makes it one itself, when it is asked where to write.
            method = "POST";
        }
        if (url == null || method == null) {
            return null;
        }
        String path = url.getPath().isEmpty() ? "/" : url.getPath();
        Endpoint endpoint = guard.matchHttp(method, url.getProtocol(), url.getHost(), url.getPort(), path);
        if (endpoint == null) {
            return null;
        }
        OutgoingRequest request = OutgoingRequest.of(connection, method, url, authorizations.get(connection));
        Conversation fresh = new Conversation(
                guard.begin(endpoint, request), request, method, url, secretive.get(connection) == null);
        conversations.put(connection, fresh);
        return fresh;
    }

    private @Nullable Passage disconnect(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        HttpURLConnection connection = (HttpURLConnection) self;
        Conversation conversation = conversations.get(connection);
        if (conversation != null) {
            conversation.disconnected();
        }
        return null;
    }

    private @Nullable Passage property(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if ("Proxy-Authorization".equalsIgnoreCase((String) first)) {
            secretive.put((HttpURLConnection) self, true);
        }
        if (second instanceof String value && "Authorization".equalsIgnoreCase((String) first)) {
            authorizations.put((HttpURLConnection) self, value);
        }
        return null;
    }
}
