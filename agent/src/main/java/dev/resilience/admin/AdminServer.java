package dev.resilience.admin;

import dev.resilience.config.AgentConfig;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The admin HTTP server. It listens with a socket of the JDK's: what serves is loaded for the first client, who in many a JVM comes
 * long after the start, or never.
 */
public final class AdminServer implements AutoCloseable {

    /** Ports tried after the one configured, before any free one is taken: instances on one host get neighbours. */
    private static final int NEIGHBOURS = 20;

    /** Connections that nobody has accepted yet. */
    private static final int BACKLOG = 64;

    /** Between attempts to accept the first connection, after one failed. */
    private static final long AGAIN_NANOS = 1_000_000_000L;

    private final AgentConfig.Admin config;
    private final Surface surface;
    private final UnaryOperator<Runnable> asOwnWork;
    private final Duration patience;

    private @Nullable ServerSocketChannel socket;
    private @Nullable Reception reception;

    /** @param asOwnWork marks all that a thread does as the agent's own, so that it is never guarded */
    public AdminServer(AgentConfig.Admin config, Surface surface, UnaryOperator<Runnable> asOwnWork) {
        this(config, surface, asOwnWork, Duration.ofSeconds(15));
    }

    /** @param patience with a client that sends or reads slowly */
    AdminServer(AgentConfig.Admin config, Surface surface, UnaryOperator<Runnable> asOwnWork, Duration patience) {
        this.config = config;
        this.surface = surface;
        this.asOwnWork = asOwnWork;
        this.patience = patience;
    }

    /**
     * Begins to listen; waits until it does. When it cannot, says so and leaves the application alone.
     *
     * @return its address, also shown in JMX; null when it does not listen
     */
    public synchronized @Nullable String start() {
        if (!config.enabled() || socket != null) {
            return surface.adminUrl();
        }
        InetAddress address = address();
        try {
            ServerSocketChannel bound = listen(address);
            if (bound == null) {
                AgentLog.error("the admin server found no port to listen on at " + address.getHostAddress());
                return null;
            }
            socket = bound;
            int port = bound.socket().getLocalPort();
            threads("resilience-admin").newThread(() -> awaitFirst(bound)).start();
            if (config.port() != 0 && port != config.port()) {
                AgentLog.info("admin port " + config.port() + " is taken, listening on " + port + " instead");
            }
            String url = url(address, port);
            surface.adminUrl(url);
            return url;
        } catch (RuntimeException | LinkageError | OutOfMemoryError failure) {
            close();
            AgentLog.warn("admin-start", "the admin server could not start", failure);
            return null;
        }
    }

    @Override
    public synchronized void close() {
        surface.adminUrl(null);
        close(socket);
        socket = null;
        if (reception != null) {
            reception.close();
            reception = null;
        }
    }

    private void awaitFirst(ServerSocketChannel listening) {
        while (listening.isOpen()) {
            try {
                if (receive(listening, listening.accept())) {
                    return;
                }
            } catch (IOException failure) {
                // It was closed, or there is no descriptor for a connection just now.
            }
            if (listening.isOpen()) {
                LockSupport.parkNanos(AGAIN_NANOS);
            }
        }
    }

    /** @return whether there is nobody to wait for any more */
    private synchronized boolean receive(ServerSocketChannel listening, SocketChannel first) {
        if (socket != listening) {
            close(first);
            return true;
        }
        try {
            Reception opened = new Reception(listening, surface, config, patience, this::threads);
            reception = opened;
            opened.begin(first);
            return true;
        } catch (Exception | LinkageError | OutOfMemoryError failure) {
            // For want of a descriptor or a thread, it may be: the next client may find one.
            boolean forGood = failure instanceof LinkageError || !listening.isOpen();
            AgentLog.warn(
                    "admin-start",
                    "the admin server could not serve its first client" + (forGood ? " and is closed" : ""),
                    failure);
            close(first);
            if (reception != null) {
                reception.close();
                reception = null;
            }
            if (forGood) {
                close();
            }
            return forGood;
        }
    }

    private InetAddress address() {
        InetAddress wanted;
        try {
            wanted = InetAddress.getByName(config.bind());
        } catch (UnknownHostException unknown) {
            AgentLog.error("admin.bind: there is no address " + config.bind() + "; listening on loopback instead");
            return InetAddress.getLoopbackAddress();
        }
        if (!wanted.isLoopbackAddress() && config.token() == null) {
            AgentLog.error(
                    "admin.bind: " + config.bind()
                            + " is not loopback, and without admin.token everyone there could use it; listening on loopback instead");
            return InetAddress.getLoopbackAddress();
        }
        return wanted;
    }

    private @Nullable ServerSocketChannel listen(InetAddress address) {
        for (int offset = 0; config.port() != 0 && offset <= NEIGHBOURS && config.port() + offset <= 65_535; offset++) {
            ServerSocketChannel bound = bind(new InetSocketAddress(address, config.port() + offset));
            if (bound != null) {
                return bound;
            }
        }
        return bind(new InetSocketAddress(address, 0));
    }

    private static @Nullable ServerSocketChannel bind(InetSocketAddress address) {
        ServerSocketChannel fresh = null;
        try {
            fresh = ServerSocketChannel.open();
            return fresh.bind(address, BACKLOG);
        } catch (IOException taken) {
            close(fresh);
            return null;
        }
    }

    private static void close(@Nullable AutoCloseable channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (Exception gone) {
                // So it is closed.
            }
        }
    }

    /** An address that works from this host: that of loopback when listening everywhere. */
    private static String url(InetAddress address, int port) {
        if (address.isAnyLocalAddress()) {
            return "http://127.0.0.1:" + port;
        }
        String host = address.getHostAddress();
        return "http://" + (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port;
    }

    private ThreadFactory threads(String name) {
        return work -> {
            Thread thread = new Thread(asOwnWork.apply(work), name);
            thread.setDaemon(true);
            thread.setContextClassLoader(AdminServer.class.getClassLoader());
            return thread;
        };
    }
}
