package dev.resilience.testapps.unknown;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.HttpClient;

/** An application whose HTTP clients are older than any that the agent has an adapter for: calls a server of its own by each. */
public final class OldClients {

    /** A call, and its status and body. */
    @FunctionalInterface
    private interface Call {
        String get(String uri) throws Exception;
    }

    private OldClients() {}

    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] hello = "Hello".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, hello.length);
            exchange.getResponseBody().write(hello);
            exchange.close();
        });
        server.start();
        String uri = "http://127.0.0.1:" + server.getAddress().getPort() + "/hello";
        Map<String, Call> clients = new LinkedHashMap<>();
        clients.put("OkHttp 2", OldClients::okHttp2);
        clients.put("OkHttp 3", OldClients::okHttp3);
        clients.put("Jetty", OldClients::jetty);
        clients.put("Ning", OldClients::ning);
        clients.put("AsyncHttpClient", OldClients::asyncHttpClient);
        clients.put("Reactor Netty", OldClients::reactorNetty);
        clients.put("Vert.x", OldClients::vertx);
        clients.forEach((name, client) -> {
            for (int i = 0; i < 2; i++) {
                try {
                    System.out.println(name + ": " + client.get(uri));
                } catch (Throwable failure) {
                    System.out.println(name + ": " + failure);
                    failure.printStackTrace(System.out);
                }
            }
        });
        System.exit(0);
    }

    private static String okHttp2(String uri) throws IOException {
        com.squareup.okhttp.Response response = new com.squareup.okhttp.OkHttpClient()
                .newCall(new com.squareup.okhttp.Request.Builder().url(uri).build())
                .execute();
        return response.code() + " " + response.body().string();
    }

    private static String okHttp3(String uri) throws IOException {
        try (okhttp3.Response response = new okhttp3.OkHttpClient.Builder()
                .build()
                .newCall(new okhttp3.Request.Builder().url(uri).build())
                .execute()) {
            return response.code() + " " + response.body().string();
        }
    }

    private static String jetty(String uri) throws Exception {
        HttpClient client = new HttpClient();
        client.start();
        try {
            org.eclipse.jetty.client.api.ContentResponse response = client.GET(uri);
            return response.getStatus() + " " + response.getContentAsString();
        } finally {
            client.stop();
        }
    }

    private static String ning(String uri) throws Exception {
        try (com.ning.http.client.AsyncHttpClient client = new com.ning.http.client.AsyncHttpClient()) {
            com.ning.http.client.Response response =
                    client.prepareGet(uri).execute().get(30, TimeUnit.SECONDS);
            return response.getStatusCode() + " " + response.getResponseBody();
        }
    }

    private static String asyncHttpClient(String uri) throws Exception {
        try (org.asynchttpclient.AsyncHttpClient client = new org.asynchttpclient.DefaultAsyncHttpClient()) {
            org.asynchttpclient.Response response =
                    client.prepareGet(uri).execute().get(30, TimeUnit.SECONDS);
            return response.getStatusCode() + " " + response.getResponseBody();
        }
    }

    private static String reactorNetty(String uri) throws Exception {
        return reactor.netty.http.client.HttpClient.create()
                .get()
                .uri(uri)
                .responseSingle((response, body) ->
                        body.asString().map(text -> response.status().code() + " " + text))
                .toFuture()
                .get(30, TimeUnit.SECONDS);
    }

    @SuppressWarnings("deprecation")
    private static String vertx(String uri) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            CompletableFuture<String> answered = new CompletableFuture<>();
            vertx.createHttpClient()
                    .getAbs(
                            uri,
                            response -> response.bodyHandler(
                                    body -> answered.complete(response.statusCode() + " " + body.toString())))
                    .exceptionHandler(answered::completeExceptionally)
                    .end();
            return answered.get(30, TimeUnit.SECONDS);
        } finally {
            vertx.close();
        }
    }
}
