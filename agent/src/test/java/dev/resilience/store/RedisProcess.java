package dev.resilience.store;

import dev.resilience.config.AgentConfig.RedisConfig;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import redis.embedded.core.ExecutableProvider;

/** A real server on a port of its own, that a test may kill, pause, or start again empty. */
final class RedisProcess implements AutoCloseable {

    private static final Path DISTRIBUTIONS = Path.of("/usr/bin/redis-server");
    private static final Object UNPACKING = new Object();
    private static String embedded;

    private final List<String> command = new ArrayList<>();
    private final String readyLine;
    final int port;
    private Process process;

    /** Of its own: a replica leaves its master's data where it runs, and whoever starts there later would find them. */
    private Path home;

    private RedisProcess(String executable, String readyLine, int port, List<String> arguments) {
        this.readyLine = readyLine;
        this.port = port;
        command.add(executable);
        command.addAll(arguments);
    }

    /** The server from the test library. */
    static RedisProcess start(String... more) {
        int port = freePort();
        List<String> arguments = new ArrayList<>(List.of("--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
        arguments.addAll(List.of(more));
        RedisProcess redis = new RedisProcess(embedded(), "Ready to accept connections", port, arguments);
        redis.begin();
        return redis;
    }

    /** The distribution's server, which is newer and can do TLS, where it is installed. */
    static RedisProcess distributions(String... more) {
        int port = freePort();
        List<String> arguments = new ArrayList<>(List.of("--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
        arguments.addAll(List.of(more));
        RedisProcess redis = new RedisProcess(DISTRIBUTIONS.toString(), "Ready to accept connections", port, arguments);
        redis.begin();
        return redis;
    }

    static boolean isOfTheDistribution() {
        return Files.isExecutable(DISTRIBUTIONS);
    }

    /** Watches a master, alone, and moves it to a replica a second after it fell silent. */
    static RedisProcess sentinel(int masterPort) {
        int port = freePort();
        Path file = temporary("sentinel", ".conf");
        try {
            Files.writeString(file, """
                    port %d
                    bind 127.0.0.1
                    sentinel monitor mymaster 127.0.0.1 %d 1
                    sentinel down-after-milliseconds mymaster 1000
                    sentinel failover-timeout mymaster 3000
                    """.formatted(port, masterPort));
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        RedisProcess sentinel =
                new RedisProcess(embedded(), "Sentinel ID is", port, List.of(file.toString(), "--sentinel"));
        sentinel.begin();
        return sentinel;
    }

    /** A node that belongs to no cluster yet. */
    static RedisProcess node() {
        return start(
                "--cluster-enabled",
                "yes",
                "--cluster-config-file",
                temporary("nodes", ".conf").toString(),
                "--cluster-node-timeout",
                "1000",
                "--cluster-require-full-coverage",
                "no");
    }

    static Path temporary(String prefix, String suffix) {
        try {
            Path file = Files.createTempFile(prefix, suffix);
            file.toFile().deleteOnExit();
            if (prefix.equals("nodes")) {
                Files.delete(file);
            }
            return file;
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    static String embedded() {
        synchronized (UNPACKING) {
            if (embedded == null) {
                try {
                    embedded = ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
                } catch (IOException missing) {
                    throw new UncheckedIOException(missing);
                }
            }
            return embedded;
        }
    }

    static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException none) {
            throw new UncheckedIOException(none);
        }
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    RedisConfig config() {
        return new RedisConfig(url(), List.of(), "circuit_breaker", 0);
    }

    /** Starts it, again and empty where it ran before. */
    void begin() {
        begin(readyLine);
    }

    /** As the other, but waits for a line that the server writes before it is ready. */
    void begin(String awaited) {
        try {
            home = Files.createTempDirectory("redis");
            process = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            for (String line = out.readLine(); line == null || !line.contains(awaited); line = out.readLine()) {
                if (line == null) {
                    throw new IllegalStateException("the server ended: " + command);
                }
            }
            Thread drain = new Thread(() -> {
                try {
                    while (out.readLine() != null) {
                        // Only so that it never waits for us to read.
                    }
                } catch (IOException ended) {
                    // With the server.
                }
            });
            drain.setDaemon(true);
            drain.start();
        } catch (IOException unstartable) {
            throw new UncheckedIOException(unstartable);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
            for (String left : List.of("dump.rdb", "")) {
                Files.deleteIfExists(home.resolve(left));
            }
        } catch (DirectoryNotEmptyException more) {
            // Half of a dump, with a name of its own.
        } catch (IOException undeletable) {
            throw new UncheckedIOException(undeletable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
        } catch (IOException unsignalled) {
            throw new UncheckedIOException(unsignalled);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends one command as any Redis tool would, and gives back the answer as text; null for none, an error with its dash. */
    String command(String... words) {
        return command(null, List.of(words));
    }

    /** As the other, after authentication where there is a password. */
    String command(String password, List<String> words) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            if (password != null) {
                socket.getOutputStream().write(("AUTH " + password + "\r\n").getBytes(StandardCharsets.UTF_8));
                answer(in);
            }
            StringBuilder request = new StringBuilder("*" + words.size() + "\r\n");
            for (String word : words) {
                request.append('$')
                        .append(word.getBytes(StandardCharsets.UTF_8).length)
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            return answer(in);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** All keys that match, with their seconds to live. */
    List<String> keys(String pattern) {
        String keys = command("KEYS", pattern);
        return keys.isEmpty() ? List.of() : List.of(keys.split("\n"));
    }

    private static String answer(InputStream in) throws IOException {
        String head = line(in);
        char kind = head.charAt(0);
        String rest = head.substring(1);
        if (kind == '-') {
            return head;
        }
        if (kind == '+' || kind == ':') {
            return rest;
        }
        int length = Integer.parseInt(rest);
        if (length < 0) {
            return null;
        }
        if (kind == '*') {
            List<String> elements = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                elements.add(answer(in));
            }
            return String.join("\n", elements);
        }
        byte[] bulk = in.readNBytes(length);
        line(in);
        return new String(bulk, StandardCharsets.UTF_8);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed");
            }
            line.write(c);
        }
        in.read();
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        resume();
        kill();
    }
}
