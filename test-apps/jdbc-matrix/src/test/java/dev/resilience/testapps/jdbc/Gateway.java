package dev.resilience.testapps.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way to a server on loopback. It can be cut: what was connected is reset, and what comes is refused. It can stall: whoever
 * comes is let in, and nothing passes any more.
 */
final class Gateway implements AutoCloseable {

    private final int target;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile ServerSocket listening;
    private boolean stalled;

    Gateway(int target) throws IOException {
        this.target = target;
        try (ServerSocket any = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            this.port = any.getLocalPort();
        }
        restore();
    }

    int port() {
        return port;
    }

    synchronized void stall() {
        stalled = true;
    }

    private synchronized void flow() {
        stalled = false;
        notifyAll();
    }

    private synchronized void awaitFlow() throws InterruptedException {
        while (stalled) {
            wait();
        }
    }

    void restore() throws IOException {
        flow();
        ServerSocket before = listening;
        if (before != null && !before.isClosed()) {
            return;
        }
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        listening = server;
        daemon(() -> accept(server));
    }

    synchronized void cut() throws IOException {
        listening.close();
        for (Socket socket : open) {
            close(socket);
        }
        open.clear();
    }

    /** The system lets one in that comes while the way is being cut. */
    private synchronized boolean takes(ServerSocket server, Socket client, Socket toServer) {
        if (server.isClosed()) {
            close(client);
            close(toServer);
            return false;
        }
        open.add(client);
        open.add(toServer);
        return true;
    }

    private void accept(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket toServer = new Socket(InetAddress.getLoopbackAddress(), target);
                if (takes(server, client, toServer)) {
                    daemon(() -> pump(client, toServer));
                    daemon(() -> pump(toServer, client));
                }
            } catch (IOException cut) {
                return;
            }
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitFlow();
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException | InterruptedException gone) {
            // One end closed, or the way was cut.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "gateway");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // That was the aim.
        }
    }

    @Override
    public void close() throws IOException {
        cut();
    }
}
