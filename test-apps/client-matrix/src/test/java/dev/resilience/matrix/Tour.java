package dev.resilience.matrix;

import dev.resilience.CircuitBreakerOpenException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The application of {@link UnderTheJarTest}: takes every client through an outage of its own, and says how it went. */
final class Tour {

    private Tour() {}

    static Map<String, HttpClientConformance> clients() {
        Map<String, HttpClientConformance> clients = new LinkedHashMap<>();
        makers().forEach((name, maker) -> clients.put(name, maker.get()));
        return clients;
    }

    /** Of one client alone, too. */
    static Map<String, Supplier<HttpClientConformance>> makers() {
        Map<String, Supplier<HttpClientConformance>> clients = new LinkedHashMap<>();
        clients.put("java.net.http", JavaHttpSendTest::new);
        clients.put("java.net.http-async", JavaHttpSendAsyncTest::new);
        clients.put("HttpURLConnection", UrlConnectionTest::new);
        clients.put("okhttp", OkHttpExecuteTest::new);
        clients.put("okhttp-async", OkHttpEnqueueTest::new);
        clients.put("apache4", Apache4Test::new);
        clients.put("apache4-async", Apache4AsyncTest::new);
        clients.put("apache5", Apache5Test::new);
        clients.put("apache5-async", Apache5AsyncTest::new);
        clients.put("webclient", WebClientTest::new);
        clients.put("reactor-netty", ReactorNettyTest::new);
        clients.put("jetty", Tour::jetty);
        clients.put("vertx", VertxHttpClientTest::new);
        clients.put("vertx-webclient", VertxWebClientTest::new);
        clients.put("asynchttpclient", AsyncHttpClientTest::new);
        clients.put("aws-netty", AwsSdkTest::new);
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
