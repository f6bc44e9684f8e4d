package dev.resilience.testapps.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One JVM in a process of its own. Both its streams are read as they come. {@link #close()} ends it, and only it.
 * Thread-safe.
 */
public final class JvmUnderTest implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Lines out;
    private final Lines err;

    private JvmUnderTest(Process process, Consumer<String> listener) {
        this.process = process;
        this.out = Lines.follow(process.getInputStream(), "out of " + process.pid(), listener);
        this.err = Lines.follow(process.getErrorStream(), "err of " + process.pid(), listener);
    }

    /** A JVM of the JDK that runs this one. */
    public static Command command() {
        return new Command(Path.of(System.getProperty("java.home")));
    }

    /** A JVM of the JDK at {@code home}. */
    public static Command command(Path home) {
        return new Command(home);
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Ends it at once, as the kernel does when memory is short: nothing of it runs any more. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Stops it in its tracks, as a host does that is short of time. */
    public void pause() throws IOException {
        signal("STOP");
    }

    public void resume() throws IOException {
        signal("CONT");
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

    public List<String> out() {
        return out.soFar();
    }

    public List<String> err() {
        return err.soFar();
    }

    /** Gives it one line on standard input. */
    public void type(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Ends its standard input. */
    public void endInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Waits for a line on standard output that contains {@code text}, and gives it back. */
    public String awaitOut(String text) {
        return out.await(text, PATIENCE, process);
    }

    /** Waits for a line on standard error that contains {@code text}, and gives it back. */
    public String awaitErr(String text) {
        return err.await(text, PATIENCE, process);
    }

    /** Waits for the JVM's own end and gives its exit status. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("still running after " + PATIENCE + "; standard error: " + err());
        }
        out.awaitEnd();
        err.awaitEnd();
        return process.exitValue();
    }

    /** Its MBean server, reached as any JMX client would. The caller closes it. */
    public Jmx jmx() throws IOException {
        return Jmx.of(pid());
    }

    /** Asks it to end as an operator would (SIGTERM), then insists. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException stopped) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** How a JVM is to be started. */
    public static final class Command {

        private final Path home;
        private final List<String> jvmArguments = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private Optional<Path> directory = Optional.empty();
        private Consumer<String> listener = line -> {};

        private Command(Path home) {
            this.home = home;
        }

        public Command jvm(String... arguments) {
            jvmArguments.addAll(List.of(arguments));
            return this;
        }

        public Command agent(Path jar, Path config) {
            return jvm("-javaagent:" + jar + "=" + config);
        }

        public Command environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        public Command in(Path workingDirectory) {
            directory = Optional.of(workingDirectory);
            return this;
        }

        /** Is told of each line of both streams, on the thread that reads it. */
        public Command listener(Consumer<String> eachLine) {
            listener = eachLine;
            return this;
        }

        public JvmUnderTest jar(Path jar, String... arguments) {
            return start(List.of("-jar", jar.toString()), arguments);
        }

        public JvmUnderTest main(String classPath, String mainClass, String... arguments) {
            return start(List.of("-cp", classPath, mainClass), arguments);
        }

        /** Only the JVM's own arguments: {@code -version} and the like. */
        public JvmUnderTest alone() {
            return run(javaLine());
        }

        /** Another tool of the same JDK, such as {@code javap}. */
        public JvmUnderTest tool(String name, String... arguments) {
            List<String> line =
                    new ArrayList<>(List.of(home.resolve("bin").resolve(name).toString()));
            line.addAll(List.of(arguments));
            return run(line);
        }

        private List<String> javaLine() {
            List<String> line = new ArrayList<>();
            line.add(home.resolve("bin/java").toString());
            line.addAll(jvmArguments);
            return line;
        }

        private JvmUnderTest start(List<String> what, String... arguments) {
            List<String> line = javaLine();
            line.addAll(what);
            line.addAll(List.of(arguments));
            return run(line);
        }

        private JvmUnderTest run(List<String> line) {
            ProcessBuilder builder = new ProcessBuilder(line);
            builder.environment().remove("JAVA_TOOL_OPTIONS");
            builder.environment().remove("JDK_JAVA_OPTIONS");
            builder.environment().putAll(environment);
            directory.ifPresent(path -> builder.directory(path.toFile()));
            try {
                return new JvmUnderTest(builder.start(), listener);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    /** The lines of one stream, so far. */
    private static final class Lines {

        private final List<String> lines = new ArrayList<>();
        private boolean ended;

        static Lines follow(InputStream stream, String name, Consumer<String> listener) {
            Lines lines = new Lines();
            Thread reader = new Thread(() -> lines.read(stream, listener), name);
            reader.setDaemon(true);
            reader.start();
            return lines;
        }

        private void read(InputStream stream, Consumer<String> listener) {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    add(line);
                    listener.accept(line);
                }
            } catch (IOException closed) {
                add("(stream closed: " + closed.getMessage() + ")");
            } finally {
                end();
            }
        }

        private synchronized void add(String line) {
            lines.add(line);
            notifyAll();
        }

        private synchronized void end() {
            ended = true;
            notifyAll();
        }

        synchronized List<String> soFar() {
            return List.copyOf(lines);
        }

        synchronized void awaitEnd() throws InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!ended && System.nanoTime() < deadline) {
                wait(100);
            }
        }

        synchronized String await(String text, Duration patience, Process process) {
            long deadline = System.nanoTime() + patience.toNanos();
            int seen = 0;
            while (true) {
                for (; seen < lines.size(); seen++) {
                    if (lines.get(seen).contains(text)) {
                        return lines.get(seen);
                    }
                }
                if (ended || System.nanoTime() > deadline) {
                    throw new IllegalStateException("no line with '" + text + "' from process " + process.pid() + ", "
                            + (process.isAlive() ? "which is alive" : "which has ended") + "; its lines: " + lines);
                }
                try {
                    wait(100);
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted", stopped);
                }
            }
        }
    }
}
