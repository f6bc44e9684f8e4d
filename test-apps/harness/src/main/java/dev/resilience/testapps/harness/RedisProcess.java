package dev.resilience.testapps.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis server in a process of its own, with nothing on disk. It can be killed and started again on its port, and
 * paused as a sick server is. Not thread-safe.
 */
public final class RedisProcess implements AutoCloseable {

    private final Path executable;
    private final Path directory;
    private final int port;
    private final List<String> options;
    private Process process;

    /** Starts a server on a free port. @param directory exists, and is the caller's to remove */
    public RedisProcess(Path directory, String... options) throws IOException {
        this.directory = directory;
        this.executable = ExecutableProvider.newJarResourceProvider(directory.toFile())
                .get()
                .toPath();
        this.port = FreePort.next();
        this.options = List.of(options);
        start();
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /** Starts it, empty, on the same port as before, and waits until it answers. */
    public void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                executable.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                directory.toString()));
        command.addAll(options);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("Redis did not start; see " + directory.resolve("redis.log"));
            }
            Pause.of(20);
        }
    }

    /** Ends it at once, as a crash does. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops it in its tracks (SIGSTOP): connections stay open, nothing is answered. */
    public void pause() throws IOException {
        signal("STOP");
    }

    public void resume() throws IOException {
        signal("CONT");
    }

    /** Sends one command, inline form, and gives the first line of the answer. */
    public String command(String line) throws IOException {
        try (Socket socket = asked(line)) {
            StringBuilder answer = new StringBuilder();
            int length = -1;
            for (int c = socket.getInputStream().read();
                    c >= 0;
                    c = socket.getInputStream().read()) {
                if (c != '\n') {
                    answer.append((char) c);
                } else if (answer.charAt(0) == '$'
                        && length < 0
                        && !answer.toString().startsWith("$-1")) {
                    length = Integer.parseInt(answer.substring(1).trim());
                    answer.setLength(0);
                } else {
                    break;
                }
            }
            return answer.toString().trim();
        }
    }

    /** Sends one command, inline form, whose answer is a text of any length. */
    public String text(String line) throws IOException {
        try (Socket socket = asked(line)) {
            BufferedReader answer = reader(socket);
            char[] text = new char[Integer.parseInt(answer.readLine().substring(1))];
            for (int read = 0; read < text.length; ) {
                int more = answer.read(text, read, text.length - read);
                if (more < 0) {
                    throw new IOException("closed");
                }
                read += more;
            }
            return new String(text);
        }
    }

    /** Sends one command, inline form, whose answer is a list of texts, each of one line. */
    public List<String> texts(String line) throws IOException {
        try (Socket socket = asked(line)) {
            BufferedReader answer = reader(socket);
            List<String> texts = new ArrayList<>();
            for (int left = Integer.parseInt(answer.readLine().substring(1)); left > 0; left--) {
                answer.readLine();
                texts.add(answer.readLine());
            }
            return texts;
        }
    }

    /** A connection on which one command was sent, inline form. The caller closes it. */
    private Socket asked(String line) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            return socket;
        } catch (IOException failure) {
            socket.close();
            throw failure;
        }
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    private boolean answers() {
        try {
            return command("PING").equals("+PONG");
        } catch (IOException notYet) {
            return false;
        }
    }

    private void signal(String name) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
