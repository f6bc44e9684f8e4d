package dev.resilience.store;

import dev.resilience.config.AgentConfig.RedisConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/** An address that leads to one server and then to another, as that of a service or a balancer does. */
final class Wire implements AutoCloseable {

    private final ServerSocket door;
    private final ThreadFactory threads = TestThreads.daemons();
    private final Set<Socket> ends = ConcurrentHashMap.newKeySet();
    private volatile RedisProcess target;

    Wire(RedisProcess target) {
        this.target = target;
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException none) {
            throw new UncheckedIOException(none);
        }
        threads.newThread(this::accept).start();
    }

    RedisConfig config() {
        return new RedisConfig("redis://127.0.0.1:" + door.getLocalPort(), List.of(), "circuit_breaker", 0);
    }

    /** Connections end, and new ones lead there. */
    void leadTo(RedisProcess other) {
        target = other;
        for (Socket end : ends) {
            close(end);
        }
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket caller = door.accept();
                ends.add(caller);
                try {
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), target.port);
                    ends.add(server);
                    threads.newThread(() -> carry(caller, server)).start();
                    threads.newThread(() -> carry(server, caller)).start();
                } catch (IOException unreachable) {
                    close(caller);
                }
            } catch (IOException closed) {
                // With the test.
            }
        }
    }

    private void carry(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException ended) {
            // By one of them.
        } finally {
            close(from);
            close(to);
        }
    }

    private void close(Socket end) {
        ends.remove(end);
        try {
            end.close();
        } catch (IOException ended) {
            // Already.
        }
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException ended) {
            // Already.
        }
        ends.forEach(this::close);
    }
}
