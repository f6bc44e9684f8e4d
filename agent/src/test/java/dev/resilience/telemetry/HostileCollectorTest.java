package dev.resilience.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A collector that answers what nobody would: calls do not notice, and the next span is sent as if nothing had been. */
class HostileCollectorTest {

    private static final URI BOOKINGS = URI.create("https://api.cal.com/v1/bookings");

    private static final List<byte[]> ANSWERS = List.of(
            new byte[0],
            noise(1, 300),
            text("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n", noise(2, 300)),
            text(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 99999999999\r\n\r\n",
                    noise(3, 300)),
            text("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", noise(4, 300)),
            text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 300\r\n\r\n", noise(5, 300)),
            text("HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n"),
            text("HTTP/1.1 503 No\r\nRetry-After: \u0000\r\nContent-Length: 0\r\n\r\n"),
            text("HTTP/1.1 302 Away\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
            text("HTTP/1.1 400 \r\nX: " + "y".repeat(100_000) + "\r\nContent-Length: 5\r\n\r\n<!DOC"),
            text("HTTP/9.9 abc\r\n\r\n"));

    @Test
    void whatever_it_answers_calls_go_on_and_spans_are_sent_again() throws Exception {
        try (Server server = new Server()) {
            OtlpTracer tracer = new OtlpTracer("booking", "booking-7", server.url(), null, 1, Thread::new);
            tracer.start();
            try {
                for (int good = 0; good < 2; ) {
                    int before = server.asked.get();
                    tracer.http("calcom", "b", "GET", BOOKINGS, null).end("CLOSED", "success", null, 200, null);
                    await().atMost(Duration.ofSeconds(60)).until(() -> server.asked.get() > before);
                    good += server.asked.get() > ANSWERS.size() ? 1 : 0;
                }
            } finally {
                tracer.close();
            }
            assertThat(server.asked).hasValueGreaterThan(ANSWERS.size());
        }
    }

    private static byte[] noise(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String head, byte... body) {
        byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = new byte[bytes.length + body.length];
        System.arraycopy(bytes, 0, all, 0, bytes.length);
        System.arraycopy(body, 0, all, bytes.length, body.length);
        return all;
    }

    /** One connection for each answer. */
    private static final class Server implements AutoCloseable {

        final AtomicInteger asked = new AtomicInteger();
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

        Server() throws IOException {
            Thread thread = new Thread(this::serve, "hostile");
            thread.setDaemon(true);
            thread.start();
        }

        String url() {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }

        private void serve() {
            while (!socket.isClosed()) {
                try (Socket connection = socket.accept()) {
                    connection.setSoTimeout(300);
                    int turn = asked.get();
                    answer(
                            connection,
                            turn < ANSWERS.size()
                                    ? ANSWERS.get(turn)
                                    : text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
                } catch (IOException gone) {
                    // The next one, or the end.
                }
            }
        }

        private void answer(Socket connection, byte[] answer) throws IOException {
            InputStream in = connection.getInputStream();
            byte[] request = new byte[64 * 1024];
            if (in.read(request) < 0) {
                return;
            }
            asked.incrementAndGet();
            OutputStream out = connection.getOutputStream();
            out.write(answer);
            out.flush();
            connection.shutdownOutput();
            while (in.read(request) >= 0) {
                // Until the other side is content, or has nothing more to say for a while.
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
