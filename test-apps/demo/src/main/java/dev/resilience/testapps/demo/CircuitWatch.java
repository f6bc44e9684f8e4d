package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.Pause;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows the circuits of all instances by asking each one's {@code /api/resilience/states} ten times a second, tells of every
 * change, and remembers it. Thread-safe.
 */
final class CircuitWatch implements AutoCloseable {

    private static final long PACE_MILLIS = 100;

    private static final Pattern STATE = Pattern.compile("\"(\\w+)\"\\s*:\\s*\\{[^{}]*?\"state\"\\s*:\\s*\"(\\w+)\"");

    private final List<URI> admins;
    private final Listener listener;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Change> changes = new ArrayList<>();
    private final List<Map<String, String>> states = new ArrayList<>();
    private volatile boolean stopped;

    /** @param nanos on this JVM's monotonic clock, when the change was seen */
    record Change(int instance, String service, String from, String to, long nanos) {}

    interface Listener {
        void changed(Change change);
    }

    CircuitWatch(List<URI> admins, Listener listener) {
        this.admins = admins;
        this.listener = listener;
        for (int i = 0; i < admins.size(); i++) {
            states.add(new TreeMap<>());
            int instance = i;
            Thread thread = new Thread(() -> watch(instance), "watch-" + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    /** Whether every instance sees {@code service}, or with null every service, in {@code state}. */
    synchronized boolean everywhere(String state) {
        return states.stream()
                .allMatch(seen -> !seen.isEmpty() && seen.values().stream().allMatch(state::equals));
    }

    /** {@code calcom OPEN OPEN OPEN}, one entry per service. */
    synchronized Map<String, List<String>> byService() {
        Map<String, List<String>> services = new TreeMap<>();
        for (Map<String, String> seen : states) {
            seen.forEach((service, state) ->
                    services.computeIfAbsent(service, name -> new ArrayList<>()).add(state));
        }
        return services;
    }

    private void watch(int instance) {
        URI uri = admins.get(instance).resolve("/api/resilience/states");
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build();
        while (!stopped) {
            try {
                String json = client.send(request, BodyHandlers.ofString()).body();
                long now = System.nanoTime();
                Matcher matcher = STATE.matcher(json);
                while (matcher.find()) {
                    saw(instance, matcher.group(1), matcher.group(2), now);
                }
            } catch (IOException busy) {
                // Asked again in a moment; an instance that stays silent shows by its missing changes.
            } catch (InterruptedException end) {
                return;
            }
            Pause.of(PACE_MILLIS);
        }
    }

    private void saw(int instance, String service, String state, long now) {
        Change change;
        synchronized (this) {
            String before = states.get(instance).put(service, state);
            if (before == null || before.equals(state)) {
                return;
            }
            change = new Change(instance, service, before, state, now);
            changes.add(change);
        }
        listener.changed(change);
    }

    @Override
    public void close() {
        stopped = true;
    }
}
