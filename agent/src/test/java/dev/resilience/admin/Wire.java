package dev.resilience.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client that sends just what a test wrote, for what no library would send. */
final class Wire {

    private Wire() {}

    /** Everything the server says until it closes; the server is asked to close after one answer. */
    static String exchange(String url, String request) throws IOException {
        URI uri = URI.create(url);
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            try {
                socket.getInputStream().transferTo(all);
            } catch (java.net.SocketException reset) {
                // The server had enough; what it said before counts.
            }
            return all.toString(StandardCharsets.UTF_8);
        }
    }

    static String get(String url, String path, String... headers) throws IOException {
        return request(url, "GET", path, headers);
    }

    static String request(String url, String method, String path, String... headers) throws IOException {
        StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nConnection: close\r\n");
        boolean host = false;
        for (String header : headers) {
            text.append(header).append("\r\n");
            host |= header.startsWith("Host:");
        }
        if (!host) {
            text.append("Host: ").append(URI.create(url).getAuthority()).append("\r\n");
        }
        return exchange(url, text.append("\r\n").toString());
    }
}
