package dev.resilience.guard;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** Answers one request with a good head and a body that goes on until it is broken off, or that stops before its end. */
final class EndlessServer implements AutoCloseable {

    private static final int PIECE = 16 << 10;

    private final ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final AtomicLong sent = new AtomicLong();
    private final String framing;
    private final long stopsAfter;
    private volatile boolean brokenOff;

    EndlessServer(String framing) throws IOException {
        this(framing, Long.MAX_VALUE);
    }

    /** @param stopsAfter so many bytes, after which it keeps the connection open and sends nothing */
    EndlessServer(String framing, long stopsAfter) throws IOException {
        this.framing = framing;
        this.stopsAfter = stopsAfter;
        Thread thread = new Thread(this::serve, "endless");
        thread.setDaemon(true);
        thread.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + door.getLocalPort() + "/");
    }

    long sent() {
        return sent.get();
    }

    boolean brokenOff() {
        return brokenOff;
    }

    private void serve() {
        try (Socket caller = door.accept()) {
            OutputStream out = caller.getOutputStream();
            out.write(("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] piece = new byte[PIECE];
            byte[] chunk = framing.contains("chunked")
                    ? (Integer.toHexString(PIECE) + "\r\n").getBytes(StandardCharsets.US_ASCII)
                    : new byte[0];
            byte[] end = chunk.length == 0 ? chunk : "\r\n".getBytes(StandardCharsets.US_ASCII);
            while (sent.get() < stopsAfter) {
                out.write(chunk);
                out.write(piece, 0, (int) Math.min(PIECE, stopsAfter - sent.get()));
                out.write(end);
                sent.addAndGet(PIECE);
            }
            // The rest of the request, and then the end that the caller makes.
            while (caller.getInputStream().read() >= 0) {
                // Not over yet.
            }
            brokenOff = true;
        } catch (IOException ended) {
            brokenOff = true;
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
