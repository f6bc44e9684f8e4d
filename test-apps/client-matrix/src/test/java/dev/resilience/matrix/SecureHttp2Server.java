package dev.resilience.matrix;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** A dependency that speaks HTTP/2 alone, over TLS with ALPN, and breaks off streams and connections in HTTP/2's own ways. */
final class SecureHttp2Server implements AutoCloseable {

    /** INTERNAL_ERROR of RFC 9113, section 7. */
    private static final long INTERNAL_ERROR = 2;

    final AtomicInteger hits = new AtomicInteger();
    private final Vertx vertx = Vertx.vertx();
    private final TrustManagerFactory trust;
    private final HttpServer server;

    SecureHttp2Server(Path directory) throws Exception {
        TestKeys keys = new TestKeys(directory);
        trust = keys.trust();
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(
                        new PfxOptions().setPath(keys.file.toString()).setPassword(TestKeys.PASSWORD))
                .setHost("127.0.0.1")
                .setPort(0);
        server = VertxClients.future(vertx.createHttpServer(options)
                        .requestHandler(this::serve)
                        .listen())
                .get(30, TimeUnit.SECONDS);
    }

    TrustManagerFactory trust() {
        return trust;
    }

    X509TrustManager trustManager() {
        return (X509TrustManager) trust.getTrustManagers()[0];
    }

    SSLContext tls() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    URI uri(String path) {
        return URI.create("https://localhost:" + server.actualPort() + path);
    }

    private void serve(HttpServerRequest request) {
        hits.incrementAndGet();
        String path = request.path();
        var response =
                request.response().putHeader("x-version", request.version().name());
        if (path.endsWith("/reset")) {
            response.reset(INTERNAL_ERROR);
        } else if (path.endsWith("/reset-body")) {
            response.write(Buffer.buffer("half")).onComplete(written -> response.reset(INTERNAL_ERROR));
        } else if (path.endsWith("/go-away")) {
            response.end("bye");
            request.connection().goAway(0);
        } else if (path.endsWith("/503")) {
            response.setStatusCode(503).end("not now");
        } else if (!path.endsWith("/hold")) {
            response.end("Hello");
        }
    }

    @Override
    public void close() throws Exception {
        VertxClients.future(vertx.close()).get(30, TimeUnit.SECONDS);
    }
}
