package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import java.net.HttpURLConnection;
import java.util.concurrent.TimeUnit;

/** What a call gives the connections that make it, before they connect: what it sends along, and how long they may wait. */
final class Outfit {

    private final HttpCall call;
    private final long beganNanos = System.nanoTime();

    Outfit(HttpCall call) {
        this.call = call;
    }

    /** Of the application's own connection. */
    void give(HttpURLConnection connection) {
        try {
            sendAlong(connection);
        } catch (IllegalStateException connected) {
            // Met only after it connected.
        }
        long deadline = call.endpoint().deadlineMillis();
        if (deadline > 0) {
            limit(connection, deadline);
        }
    }

    /** Of one that makes the call again, as the first did, in what is left of its time. */
    void give(HttpURLConnection next, HttpURLConnection first) {
        sendAlong(next);
        next.setConnectTimeout(first.getConnectTimeout());
        next.setReadTimeout(first.getReadTimeout());
        long deadline = call.endpoint().deadlineMillis();
        if (deadline > 0) {
            limit(next, Math.max(deadline - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos), 1));
        }
    }

    private void sendAlong(HttpURLConnection connection) {
        for (Answer.Header header : call.sentAlong()) {
            if (connection.getRequestProperty(header.name()) == null) {
                connection.setRequestProperty(header.name(), header.value());
            }
        }
    }

    private static void limit(HttpURLConnection connection, long millis) {
        int most = (int) Math.min(millis, Integer.MAX_VALUE);
        connection.setConnectTimeout(shorter(connection.getConnectTimeout(), most));
        connection.setReadTimeout(shorter(connection.getReadTimeout(), most));
    }

    private static int shorter(int own, int most) {
        return own == 0 ? most : Math.min(own, most);
    }
}
