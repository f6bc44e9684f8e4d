package dev.resilience.testapps.endtoend;

import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;

/** The booking application in a JVM of its own, under the jar, and its callers. */
final class Booking implements AutoCloseable {

    private static final HttpClient CALLERS =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final JvmUnderTest jvm;
    private final URI door;

    private Booking(JvmUnderTest jvm) {
        this.jvm = jvm;
        String line = jvm.awaitOut("booking listens on ");
        this.door = URI.create(line.substring(line.indexOf("http://")));
    }

    /** An answer and how long its caller waited for it. */
    record Answered(int status, String body, Duration waited) {}

    /** Starts it and waits for its door to open. @param command with what the test sets of its own */
    static Booking start(JvmUnderTest.Command command, URI calCom) {
        return new Booking(command.jvm("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .environment("PORT", "0")
                .environment("CALCOM_URL", calCom.toString())
                .jar(Built.booking()));
    }

    static JvmUnderTest.Command command(Path directory, Path config) {
        return JvmUnderTest.command().in(directory).agent(Built.agent(), config);
    }

    JvmUnderTest jvm() {
        return jvm;
    }

    URI door() {
        return door;
    }

    Admin admin() {
        return Admin.of(jvm);
    }

    Answered get(String path) {
        return send(HttpRequest.newBuilder(door.resolve(path)));
    }

    Answered availability() {
        return get("/availability?day=day-1");
    }

    Answered post(String path, String body) {
        return send(HttpRequest.newBuilder(door.resolve(path)).POST(BodyPublishers.ofString(body)));
    }

    private static Answered send(HttpRequest.Builder request) {
        long begin = System.nanoTime();
        try {
            HttpResponse<String> response =
                    CALLERS.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
            return new Answered(response.statusCode(), response.body(), Duration.ofNanos(System.nanoTime() - begin));
        } catch (IOException nothing) {
            return new Answered(0, nothing.toString(), Duration.ofNanos(System.nanoTime() - begin));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", stopped);
        }
    }

    @Override
    public void close() {
        jvm.close();
    }
}
