package dev.resilience.matrix;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** A dependency that speaks HTTP/2 alone, over TLS with ALPN, and breaks off streams and connections in HTTP/2's own ways. */
final class SecureHttp2Server implements AutoCloseable {

    private static final String PASSWORD = "changeit";

    /** INTERNAL_ERROR of RFC 9113, section 7. */
    private static final long INTERNAL_ERROR = 2;

    final AtomicInteger hits = new AtomicInteger();
    private final Vertx vertx = Vertx.vertx();
    private final TrustManagerFactory trust;
    private final HttpServer server;

    SecureHttp2Server(Path directory) throws Exception {
        Path keys = directory.resolve("keys.p12");
        makeKeys(keys);
        trust = trust(keys);
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(new PfxOptions().setPath(keys.toString()).setPassword(PASSWORD))
                .setHost("127.0.0.1")
                .setPort(0);
        server = VertxClients.future(vertx.createHttpServer(options)
                        .requestHandler(this::serve)
                        .listen())
                .get(30, TimeUnit.SECONDS);
    }

    private static void makeKeys(Path keys) throws IOException, InterruptedException {
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=ip:127.0.0.1,dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(made.getInputStream().readAllBytes());
        if (made.waitFor() != 0) {
            throw new IOException(said);
        }
    }

    private static TrustManagerFactory trust(Path keys) throws IOException, GeneralSecurityException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            own.load(in, PASSWORD.toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", own.getCertificate("server"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory;
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
