package dev.resilience.health;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One question to a Redis server, by hand: this room knows no Redis client. */
final class RedisWire {

    private RedisWire() {}

    static String ping(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
            if (!answer.equals("+PONG")) {
                throw new IllegalStateException(answer);
            }
            return answer;
        } catch (IOException down) {
            throw new UncheckedIOException(down);
        }
    }
}
