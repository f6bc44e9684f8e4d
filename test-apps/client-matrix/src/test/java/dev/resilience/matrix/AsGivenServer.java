package dev.resilience.matrix;

import dev.resilience.fallback.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** Sends an answer as it is, with no header of its own, after as many failures as it is told; by TLS or without. */
final class AsGivenServer implements AutoCloseable {

    private static final String BUSY = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
    private static final String LENGTH = "content-length: ";

    volatile Answer.Http answer;
    final AtomicInteger failures = new AtomicInteger();
    final AtomicInteger hits = new AtomicInteger();

    /** What the last request had for a body. */
    volatile String lastBody;

    private final ServerSocket server;
    private final String scheme;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "as-given");
        thread.setDaemon(true);
        return thread;
    });

    /** @param tls null for a server without it */
    AsGivenServer(SSLContext tls) throws IOException {
        scheme = tls == null ? "http" : "https";
        InetAddress here = InetAddress.getLoopbackAddress();
        server = tls == null
                ? new ServerSocket(0, 100, here)
                : tls.getServerSocketFactory().createServerSocket(0, 100, here);
        threads.execute(this::accept);
    }

    URI uri(String path) {
        return URI.create(scheme + "://127.0.0.1:" + server.getLocalPort() + path);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (Socket socket = connection) {
            socket.setTcpNoDelay(true);
            while (true) {
                String head = head(socket.getInputStream());
                if (head.isEmpty()) {
                    return;
                }
                lastBody = new String(socket.getInputStream().readNBytes(length(head)), StandardCharsets.UTF_8);
                hits.incrementAndGet();
                socket.getOutputStream().write(reply());
                socket.getOutputStream().flush();
            }
        } catch (IOException gone) {
            // The client hung up.
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static int length(String head) {
        return head.lines()
                .map(String::toLowerCase)
                .filter(line -> line.startsWith(LENGTH))
                .mapToInt(line -> Integer.parseInt(line.substring(LENGTH.length())))
                .findFirst()
                .orElse(0);
    }

    private byte[] reply() {
        if (failures.getAndUpdate(left -> Math.max(left - 1, 0)) > 0) {
            return BUSY.getBytes(StandardCharsets.US_ASCII);
        }
        Answer.Http given = answer;
        StringBuilder head = new StringBuilder(
                "HTTP/1.1 " + given.status() + " " + dev.resilience.instrument.http.Reason.of(given.status()) + "\r\n");
        given.headers()
                .forEach(header -> head.append(header.name())
                        .append(": ")
                        .append(header.value())
                        .append("\r\n"));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        whole.writeBytes(given.body());
        return whole.toByteArray();
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
