package dev.resilience.matrix;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.fallback.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;

/** A dependency on loopback, well-behaved and not. The first part of a path, {@code free} or {@code guarded}, is for the rules. */
final class TestServer implements AutoCloseable {

    static final byte[] LARGE = random(5_000_000);

    /** How often {@code huge} repeats that: 50 MB. */
    static final int HUGE = 10;

    /** By this Elasticsearch's Java client knows whom it asks. */
    static final String ELASTIC = "X-Elastic-Product";

    static final String USER = "ada";
    static final String PASSWORD = "lovelace";
    static final String REALM = "vault";

    /** First byte of a client that wants TLS, which nobody here speaks. */
    private static final int TLS_HANDSHAKE = 0x16;

    static {
        // Else each answer in two pieces waits for the client's delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    final AtomicInteger hits = new AtomicInteger();
    /** How many more calls of {@code flaky} fail. */
    final AtomicInteger flaky = new AtomicInteger();

    /** Calls of {@code mute} that arrived. */
    final AtomicInteger unheard = new AtomicInteger();

    /** Clients that gave up waiting for the answer of {@code mute}. */
    final AtomicInteger hungUp = new AtomicInteger();

    /** What {@code given} answers. */
    volatile Answer.Http given;

    volatile String lastTraceparent;

    /** How many of these headers the last request had. */
    volatile int traceparents;

    /** What the requests had of this header, one after the other. */
    final List<String> idempotencyKeys = new CopyOnWriteArrayList<>();

    volatile CountDownLatch hold = new CountDownLatch(0);

    private final HttpServer http;
    private final ServerSocket raw;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "test-server");
        thread.setDaemon(true);
        return thread;
    });

    TestServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        http.setExecutor(threads);
        http.createContext("/", this::serve);
        http.start();
        raw = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        threads.execute(this::misbehave);
    }

    /** Forgets what earlier tests did. */
    void reset() {
        hold.countDown();
        hold = new CountDownLatch(0);
        hits.set(0);
        hungUp.set(0);
        lastTraceparent = null;
        idempotencyKeys.clear();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort() + path);
    }

    /**
     * On a server that drops a connection at its second request ({@code drops}), cuts bodies short ({@code truncated}), resets ({@code reset}, {@code reset-body}) or never answers
     * ({@code silent}, {@code silent-body}, and {@code mute} for clients without a time-out).
     */
    URI rawUri(String path) {
        return URI.create("http://127.0.0.1:" + raw.getLocalPort() + path);
    }

    /** On a port where nobody listens. */
    static URI refused(String path) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://127.0.0.1:" + taken.getLocalPort() + path);
        }
    }

    /** Of all that {@code huge} sends. */
    static byte[] hugeDigest() throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < HUGE; i++) {
            digest.update(LARGE);
        }
        return digest.digest();
    }

    private void serve(HttpExchange exchange) throws IOException {
        hits.incrementAndGet();
        lastTraceparent = exchange.getRequestHeaders().getFirst("traceparent");
        traceparents = exchange.getRequestHeaders()
                .getOrDefault("traceparent", List.of())
                .size();
        idempotencyKeys.addAll(exchange.getRequestHeaders().getOrDefault("Idempotency-Key", List.of()));
        byte[] request = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath();
        String[] parts = path.split("/");
        String what = parts.length > 2 ? parts[2] : "";
        exchange.getResponseHeaders().add("X-Server", "test");
        exchange.getResponseHeaders().add("X-Twice", "one");
        exchange.getResponseHeaders().add("X-Twice", "two");
        try (exchange) {
            switch (what) {
                case "hello" -> send(exchange, 200, "Hello".getBytes(StandardCharsets.UTF_8));
                case "json" -> {
                    exchange.getResponseHeaders().add("Content-Type", "application/json");
                    exchange.getResponseHeaders().add(ELASTIC, "Elasticsearch");
                    send(exchange, 200, "{\"name\":\"Ada\"}".getBytes(StandardCharsets.UTF_8));
                }
                case "given" -> {
                    given.headers()
                            .forEach(header -> exchange.getResponseHeaders().add(header.name(), header.value()));
                    send(exchange, given.status(), given.body());
                }
                case "echo" -> send(exchange, 200, request);
                case "method" -> send(exchange, 200, exchange.getRequestMethod().getBytes(StandardCharsets.UTF_8));
                case "status" -> send(exchange, Integer.parseInt(parts[3]), ("status " + parts[3]).getBytes());
                case "large" -> stream(exchange, 200, LARGE);
                case "huge" -> {
                    exchange.sendResponseHeaders(200, 0);
                    for (int i = 0; i < HUGE; i++) {
                        exchange.getResponseBody().write(LARGE);
                    }
                }
                case "large-failure" -> stream(exchange, 503, LARGE);
                case "flaky" -> {
                    boolean first = flaky.getAndDecrement() > 0;
                    byte[] told = first ? "not yet".getBytes(StandardCharsets.UTF_8) : request;
                    send(exchange, first ? 503 : 200, told);
                }
                case "empty" -> exchange.sendResponseHeaders(204, -1);
                case "redirect" -> {
                    exchange.getResponseHeaders().add("Location", "/" + parts[1] + "/hello");
                    send(exchange, 302, new byte[0]);
                }
                case "gzip" -> gzip(exchange, "compressed ".repeat(1000).getBytes(StandardCharsets.UTF_8));
                case "hold" -> {
                    hold.await(30, TimeUnit.SECONDS);
                    send(exchange, 200, "held".getBytes(StandardCharsets.UTF_8));
                }
                case "half" -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write("half".getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                    hold.await(30, TimeUnit.SECONDS);
                }
                case "cookie" -> {
                    exchange.getResponseHeaders().add("Set-Cookie", "session=abc; Path=/");
                    send(exchange, 200, "cookie".getBytes(StandardCharsets.UTF_8));
                }
                case "cookies" -> {
                    List<String> cookies = exchange.getRequestHeaders().getOrDefault("Cookie", List.of());
                    send(exchange, 200, ("cookies: " + cookies).getBytes(StandardCharsets.UTF_8));
                }
                case "secret" -> secret(exchange);
                default -> send(exchange, 404, new byte[0]);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells a secret to {@link #USER} alone, who is asked for the password first. */
    private static void secret(HttpExchange exchange) throws IOException {
        String known = USER + ":" + PASSWORD;
        String basic = "Basic " + Base64.getEncoder().encodeToString(known.getBytes(StandardCharsets.UTF_8));
        if (basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            send(exchange, 200, "secret".getBytes(StandardCharsets.UTF_8));
        } else {
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"" + REALM + "\"");
            send(exchange, 401, "who are you?".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean bare = exchange.getRequestMethod().equals("HEAD") || body.length == 0;
        exchange.sendResponseHeaders(status, bare ? -1 : body.length);
        if (!bare) {
            exchange.getResponseBody().write(body);
        }
    }

    private static void stream(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int at = 0; at < body.length; at += 10_000) {
                out.write(body, at, Math.min(10_000, body.length - at));
            }
        }
    }

    private static void gzip(HttpExchange exchange, byte[] body) throws IOException {
        String accepted = exchange.getRequestHeaders().getFirst("Accept-Encoding");
        if (accepted == null || !accepted.contains("gzip")) {
            send(exchange, 200, body);
            return;
        }
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(body);
        }
        exchange.getResponseHeaders().add("Content-Encoding", "gzip");
        send(exchange, 200, compressed.toByteArray());
    }

    private void misbehave() {
        while (!raw.isClosed()) {
            try {
                Socket socket = raw.accept();
                threads.execute(() -> misbehave(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void misbehave(Socket connection) {
        try (Socket socket = connection) {
            socket.setTcpNoDelay(true);
            String head = readHead(socket.getInputStream());
            if (!head.isEmpty()) {
                // Else it was opened for a call that was given up, and the pool closes it when another test runs.
                hits.incrementAndGet();
            }
            while (head.contains("/odd/")) {
                if (odd(socket, head)) {
                    return;
                }
                head = readHead(socket.getInputStream());
                if (head.isEmpty()) {
                    return;
                }
                hits.incrementAndGet();
            }
            if (head.contains("/drops")) {
                write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nonce");
                head = readHead(socket.getInputStream());
                if (head.isEmpty()) {
                    return;
                }
                hits.incrementAndGet();
            }
            if (head.contains("/drops")) {
                // Dropped. What another test asks on this connection is answered.
                return;
            }
            if (head.contains("/reset-body")) {
                write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
                socket.setSoLinger(true, 0);
            } else if (head.contains("/silent-body")) {
                write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");
                awaitEnd(socket);
            } else if (head.contains("/truncated")) {
                write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this");
            } else if (head.contains("/reset")) {
                socket.setSoLinger(true, 0);
            } else if (head.contains("/silent")) {
                awaitEnd(socket);
            } else if (head.contains("/mute")) {
                unheard.incrementAndGet();
                awaitEnd(socket);
                hungUp.incrementAndGet();
            } else {
                write(socket, "this is no HTTP\r\n\r\n");
            }
        } catch (IOException gone) {
            // The client hung up.
        }
    }

    /** How names of answers begin that come after others. */
    static final String INTERIM = "after-";

    /** Answers that servers may give and seldom do, by name. */
    static final Map<String, String> ODD = odd();

    private static Map<String, String> odd() {
        Map<String, String> odd = new LinkedHashMap<>();
        odd.put(
                INTERIM + "early-hints",
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        odd.put(
                INTERIM + "processing",
                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        odd.put(
                INTERIM + "continue",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        odd.put("no-length", "HTTP/1.1 200 OK\r\nX-Ends: by closing\r\n\r\nuntil the end");
        odd.put("old", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
        odd.put("not-modified", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
        odd.put("reset-content", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
        odd.put(
                "trailers",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n");
        odd.put("one-name", "HTTP/1.1 200 OK\r\nx-a: 1\r\nX-B: b\r\nX-a: 2\r\nX-A: 3\r\nContent-Length: 2\r\n\r\nok");
        odd.put("latin", "HTTP/1.1 200 OK\r\nX-Latin: caf\u00e9\r\nContent-Length: 2\r\n\r\nok");
        odd.put("long", "HTTP/1.1 200 OK\r\nX-Long: " + "x".repeat(7_000) + "\r\nContent-Length: 2\r\n\r\nok");
        odd.put("empty-header", "HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Blanks:  a  b \r\nContent-Length: 2\r\n\r\nok");
        odd.put("own-words", "HTTP/1.1 200 Quite Fine\r\nContent-Length: 2\r\n\r\nok");
        odd.put("no-words", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok");
        odd.put("own-status", "HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok");
        odd.put("failed", "HTTP/1.1 503 Not Now\r\nX-Why: busy\r\nContent-Length: 2\r\n\r\nno");
        odd.put(
                "failed-trailers",
                "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX-Sum: 42\r\n\r\n");
        odd.put("failed-no-length", "HTTP/1.1 502 No\r\nX-Ends: by closing\r\n\r\nuntil the end");
        return odd;
    }

    /** @return whether the answer ends with its connection */
    private static boolean odd(Socket socket, String head) throws IOException {
        String name = head.substring(head.indexOf("/odd/") + "/odd/".length()).split("[ /?]", 2)[0];
        String answer = ODD.getOrDefault(name, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return answer.contains("by closing") || answer.contains("Connection: close");
    }

    private static void awaitEnd(Socket socket) {
        try {
            while (socket.getInputStream().read() >= 0) {
                // Until the client hangs up.
            }
        } catch (IOException reset) {
            // As well.
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0 || next == TLS_HANDSHAKE) {
                break;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @Override
    public void close() {
        hold.countDown();
        http.stop(0);
        try {
            raw.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        threads.shutdownNow();
    }
}
