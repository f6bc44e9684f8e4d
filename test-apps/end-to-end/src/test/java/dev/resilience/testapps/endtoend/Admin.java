package dev.resilience.testapps.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** One agent's HTTP interface, asked as an operator would. */
final class Admin {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI address;

    private Admin(URI address) {
        this.address = address;
    }

    /** Waits until the agent has said where it listens. */
    static Admin of(JvmUnderTest jvm) {
        String line = jvm.awaitErr(", admin http://");
        return new Admin(URI.create(line.substring(line.indexOf("http://")).trim()));
    }

    URI address() {
        return address;
    }

    HttpResponse<String> get(String path) throws IOException {
        return send(HttpRequest.newBuilder(address.resolve(path)));
    }

    HttpResponse<String> get(String path, String accepted) throws IOException {
        return send(HttpRequest.newBuilder(address.resolve(path)).header("Accept", accepted));
    }

    HttpResponse<String> post(String path) throws IOException {
        return send(HttpRequest.newBuilder(address.resolve(path)).POST(BodyPublishers.noBody()));
    }

    JsonNode json(String path) throws IOException {
        HttpResponse<String> response = get(path);
        if (response.statusCode() != 200) {
            throw new IOException(path + " answered " + response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** {@code CLOSED}, {@code OPEN} or {@code HALF_OPEN}. */
    String state(String service) throws IOException {
        return json("/api/resilience/states").path(service).path("state").asText();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
        try {
            return CLIENT.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stopped);
        }
    }
}
