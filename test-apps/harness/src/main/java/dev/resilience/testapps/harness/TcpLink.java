package dev.resilience.testapps.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A wire to a server on this machine that can be made slow, silent, faulty or cut, while both ends are well. */
public final class TcpLink implements AutoCloseable {

    private static final long DELAY_MILLIS = 150;
    private static final long LOOK_MILLIS = 5;
    private static final int PIECE = 8_192;

    /** What is the matter with it. */
    public enum Trouble {
        NONE,
        /** Each piece takes 150 ms, in both directions. */
        SLOW,
        /** Nothing passes, and nobody is told. What was under way arrives when it is over. */
        SILENT,
        /** The server's next piece arrives by half, and then the connection ends. */
        TRUNCATING,
        /** Connections are reset, new ones too. */
        CUT
    }

    private final ServerSocket door;
    private final Set<Socket> ends = ConcurrentHashMap.newKeySet();
    private volatile int target;
    private volatile Trouble trouble = Trouble.NONE;

    /** @param target the server's port */
    public TcpLink(int target) throws IOException {
        this.target = target;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    public void suffer(Trouble what) {
        trouble = what;
        if (what == Trouble.CUT) {
            hangUp();
        }
    }

    /** Leads to another server from now on. */
    public void leadTo(int other) {
        target = other;
        hangUp();
    }

    private void hangUp() {
        ends.forEach(TcpLink::reset);
        ends.clear();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket caller = door.accept();
                if (trouble == Trouble.CUT) {
                    reset(caller);
                } else {
                    join(caller);
                }
            } catch (IOException closed) {
                // The next one, or none when the door is closed.
            }
        }
    }

    private void join(Socket caller) throws IOException {
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException refused) {
            reset(caller);
            throw refused;
        }
        ends.add(caller);
        ends.add(server);
        start(() -> carry(caller, server, false));
        start(() -> carry(server, caller, true));
    }

    private void carry(Socket from, Socket to, boolean answers) {
        byte[] piece = new byte[PIECE];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(piece); length > 0; length = in.read(piece)) {
                if (trouble == Trouble.SLOW) {
                    Pause.of(DELAY_MILLIS);
                }
                while (trouble == Trouble.SILENT && !from.isClosed()) {
                    Pause.of(LOOK_MILLIS);
                }
                boolean cuts = answers && trouble == Trouble.TRUNCATING;
                out.write(piece, 0, cuts ? length / 2 : length);
                if (cuts) {
                    break;
                }
            }
        } catch (IOException ended) {
            // So does the other half.
        }
        close(from);
        close(to);
    }

    private void start(Runnable task) {
        Thread thread = new Thread(task, "link");
        thread.setDaemon(true);
        thread.start();
    }

    private void close(Socket end) {
        ends.remove(end);
        try {
            end.close();
        } catch (IOException closed) {
            // It is.
        }
    }

    private static void reset(Socket end) {
        try {
            end.setSoLinger(true, 0);
            end.close();
        } catch (IOException closed) {
            // It is.
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        hangUp();
    }
}
