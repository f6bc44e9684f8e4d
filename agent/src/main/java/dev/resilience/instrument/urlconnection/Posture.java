package dev.resilience.instrument.urlconnection;

import dev.resilience.instrument.http.HiddenFields;
import java.net.HttpURLConnection;
import java.net.URL;

/**
 * How a connection stands that was kept from connecting: as one that did, it lets no request property be set, and makes a GET with
 * a body a POST. That it is connected is never said, because the JDK would go by it, should it make the call after all.
 */
final class Posture {

    private Posture() {}

    /** @param set whether it was asked to connect; false lets it be set up again */
    static void connecting(HttpURLConnection connection, boolean set) {
        put(connection, "connecting", set);
    }

    static void writing(HttpURLConnection connection) {
        if ("GET".equals(connection.getRequestMethod())) {
            put(connection, "method", "POST");
        }
    }

    /** As one whose call was led elsewhere. */
    static void led(HttpURLConnection connection, URL to) {
        put(connection, "url", to);
    }

    private static void put(HttpURLConnection connection, String field, Object value) {
        try {
            HiddenFields.set(connection, field, value);
        } catch (ReflectiveOperationException | RuntimeException closed) {
            // It looks untouched then.
        }
    }
}
