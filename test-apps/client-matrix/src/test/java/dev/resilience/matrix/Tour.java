package dev.resilience.matrix;

import dev.resilience.CircuitBreakerOpenException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/** The application of {@link UnderTheJarTest}: takes every client through an outage of its own, and says how it went. */
final class Tour {

    private Tour() {}

    static Map<String, HttpClientConformance> clients() {
        Map<String, HttpClientConformance> clients = new LinkedHashMap<>();
        clients.put("java.net.http", new JavaHttpSendTest());
        clients.put("java.net.http-async", new JavaHttpSendAsyncTest());
        clients.put("HttpURLConnection", new UrlConnectionTest());
        clients.put("okhttp", new OkHttpExecuteTest());
        clients.put("okhttp-async", new OkHttpEnqueueTest());
        clients.put("apache4", new Apache4Test());
        clients.put("apache4-async", new Apache4AsyncTest());
        clients.put("apache5", new Apache5Test());
        clients.put("apache5-async", new Apache5AsyncTest());
        clients.put("webclient", new WebClientTest());
        clients.put("reactor-netty", new ReactorNettyTest());
        clients.put("jetty", jetty());
        clients.put("vertx", new VertxHttpClientTest());
        clients.put("vertx-webclient", new VertxWebClientTest());
        clients.put("asynchttpclient", new AsyncHttpClientTest());
        return clients;
    }

    /** Whichever generation is there. */
    private static HttpClientConformance jetty() {
        for (String generation : new String[] {"Jetty12AsyncTest", "Jetty9AsyncTest"}) {
            try {
                return (HttpClientConformance) Class.forName(Tour.class.getPackageName() + "." + generation)
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException other) {
                // The other one.
            }
        }
        throw new IllegalStateException("no test of Jetty");
    }

    public static void main(String[] arguments) throws Exception {
        String base = arguments[0];
        clients().forEach((name, client) -> visit(base, name, client));
        Object failures = Class.forName("dev.resilience.bootstrap.Bridge", true, null)
                .getMethod("failures")
                .invoke(null);
        System.out.println("failures inside the gate: " + failures);
        System.exit(0);
    }

    /** Takes one client through its outage, and says how it went. */
    static void visit(String base, String name, HttpClientConformance client) {
        try {
            outage(base, name, client);
            System.out.println(name + ": as promised");
        } catch (Throwable failure) {
            System.out.println(name + ": " + failure);
            failure.printStackTrace(System.out);
        }
    }

    private static void outage(String base, String name, HttpClientConformance client) throws Exception {
        Outgoing good = Outgoing.get(URI.create(base + "/guarded/hello/" + name));
        Outgoing bad = Outgoing.get(URI.create(base + "/guarded/status/503/" + name));
        expect(client.exchange(good).text().equals("Hello"), "a good call");
        for (int i = 0; i < 3; i++) {
            expect(client.exchange(bad).status() == 503, "a failed call");
        }
        Reply stale = client.exchange(good);
        expect(stale.status() == 200 && stale.text().equals("Hello"), "a stale answer, not " + stale);
        expect(stale.header("X-Resilience-Fallback").contains("stale_cache"), "a marked answer, not " + stale);
        try {
            Reply reply = client.exchange(bad);
            throw new IllegalStateException("expected a rejection, not " + reply.status());
        } catch (Exception rejected) {
            Throwable cause = rejected;
            while (cause != null && !(cause instanceof CircuitBreakerOpenException)) {
                cause = cause.getCause();
            }
            if (cause == null) {
                throw rejected;
            }
        }
    }

    private static void expect(boolean met, String what) {
        if (!met) {
            throw new IllegalStateException("expected " + what);
        }
    }
}
