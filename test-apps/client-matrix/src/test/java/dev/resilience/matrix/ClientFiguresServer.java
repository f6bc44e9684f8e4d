package dev.resilience.matrix;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The server of {@link ClientFigures}: one short answer to whatever is asked without a body, on connections that stay. */
final class ClientFiguresServer {

    private static final byte[] ANSWER = ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Server: figures\r\n"
                    + "Content-Length: 5\r\n\r\nHello")
            .getBytes(StandardCharsets.US_ASCII);

    private ClientFiguresServer() {}

    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            System.out.println("http://127.0.0.1:" + server.getLocalPort() + "/guarded/hello");
            while (true) {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> serve(socket), "connection");
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private static void serve(Socket connection) {
        try (Socket socket = connection) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] piece = new byte[8192];
            int end = 0;
            int got;
            while ((got = in.read(piece)) > 0) {
                for (int i = 0; i < got; i++) {
                    // Four bytes of line ends in a row are the end of a request.
                    end = piece[i] == '\r' || piece[i] == '\n' ? end + 1 : 0;
                    if (end == 4) {
                        out.write(ANSWER);
                        end = 0;
                    }
                }
            }
        } catch (IOException gone) {
            // The client hung up.
        }
    }
}
