package dev.resilience.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.admin.AdminFixture;
import dev.resilience.breaker.State;
import dev.resilience.metrics.CallOutcome;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for each command alike: scripts get the API's own words, and a status that tells good from bad from wrong. */
class CommandsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AdminFixture agent = new AdminFixture();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    private String url;

    @BeforeEach
    void serve() {
        url = agent.serve();
        agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 10_000_000);
        agent.circuits.set("calcom", State.OPEN);
        agent.keep("q1", "calcom", null);
        agent.keep("r1", "calcom", "8 attempts failed");
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @ParameterizedTest
    @CsvSource({
        "status, /api/health/status, 0",
        "states, /api/resilience/states, 0",
        "health, /api/health/status, 1",
        "history calcom, /api/health/history?service=calcom, 0",
        "prediction calcom, /api/health/prediction?service=calcom, 0",
        "metrics, /api/metrics/resilience, 0",
        "dependencies, /api/resilience/dependencies, 0",
        "fallbacks, /api/resilience/fallback-metrics, 0",
        "features, /api/resilience/features, 0",
        "events, /api/resilience/events, 0",
        "instances, /api/resilience/instances, 0",
        "queue list, /api/resilience/queue, 0",
        "reviews list, /api/resilience/reviews, 0"
    })
    void a_view_says_as_json_what_the_api_says(String command, String path, int status) throws Exception {
        assertThat(ask(command + " --json")).as(complaints::toString).isEqualTo(status);

        assertThat(timeless(output())).isEqualTo(timeless(send(url, "GET", path)));
        assertThat(complaints.size()).isZero();
        out.reset();
        assertThat(ask(command)).as("as a table").isEqualTo(status);
        assertThat(output()).isNotBlank().doesNotStartWith("{").doesNotStartWith("[");
    }

    @ParameterizedTest
    @CsvSource({
        "reset calcom, /api/resilience/reset?service=calcom",
        "mode calcom monitor --for 1h --reason why, /api/resilience/mode?service=calcom&mode=monitor&for=1h&reason=why",
        "cache clear --service calcom, /api/resilience/cache/clear?service=calcom",
        "queue retry q1, /api/resilience/queue/retry?id=q1",
        "reviews requeue r1, /api/resilience/reviews/requeue?id=r1"
    })
    void an_action_says_as_json_what_the_api_says(String command, String path) throws Exception {
        assertThat(ask(command + " --json")).as(complaints::toString).isEqualTo(0);

        JsonNode said = JSON.readTree(output());
        assertThat(said.isObject()).isTrue();
        try (AdminFixture other = new AdminFixture()) {
            String otherUrl = other.serve();
            other.keep("q1", "calcom", null);
            other.keep("r1", "calcom", "8 attempts failed");
            JsonNode answered = JSON.readTree(send(otherUrl, "POST", path));
            assertThat(said.properties().stream().map(java.util.Map.Entry::getKey))
                    .containsExactlyElementsOf(answered.properties().stream()
                            .map(java.util.Map.Entry::getKey)
                            .toList());
        }
    }

    static Stream<String> remote() {
        return Stream.of(
                "status",
                "states",
                "health",
                "history calcom",
                "prediction calcom",
                "metrics",
                "dependencies",
                "fallbacks",
                "features",
                "events",
                "instances",
                "watch",
                "queue list",
                "queue retry q1",
                "queue drop q1",
                "reviews list",
                "reviews resolve r1",
                "reviews requeue r1",
                "reviews drop r1",
                "reset --all",
                "cache clear",
                "mode calcom monitor");
    }

    @ParameterizedTest
    @MethodSource("remote")
    void wrong_use_and_nobody_there_are_two_in_one_line(String command) {
        assertThat(run(command + " --nonsense")).isEqualTo(2);
        assertThat(complaints()).contains("--nonsense");
        complaints.reset();

        assertThat(run(command + " --url http://127.0.0.1:1")).isEqualTo(2);
        assertThat(complaints().lines()).containsExactly("nothing answers at http://127.0.0.1:1");
        assertThat(output()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("remote")
    void a_wrong_token_is_two_and_said(String command) throws Exception {
        try (AdminFixture guarded = new AdminFixture()) {
            String guardedUrl = guarded.serveWithToken("s3cret");
            assertThat(run(command + " --token wrong --url " + guardedUrl)).isEqualTo(2);
            assertThat(complaints()).contains("token").doesNotContain("s3cret");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "history nobody, no service",
        "prediction nobody, no service",
        "reset nobody, nobody",
        "mode nobody monitor, nobody",
        "queue retry none, none",
        "reviews drop none, none",
        "health nobody, nobody"
    })
    void what_is_not_there_is_two_and_named(String command, String said) {
        assertThat(ask(command)).isEqualTo(2);
        assertThat(complaints()).contains(said);
    }

    @Test
    void watch_prints_what_happens_until_it_is_interrupted() throws Exception {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread watching = started("watch --service calcom", status);
        await().atMost(Duration.ofSeconds(30)).until(() -> output().contains("watching " + url + ", now"));

        agent.circuits.set("database", State.OPEN);
        agent.circuits.set("calcom", State.HALF_OPEN);
        agent.circuits.set("calcom", State.CLOSED);

        await().atMost(Duration.ofSeconds(30)).until(() -> output().contains("HALF_OPEN → CLOSED"));
        assertThat(output())
                .contains("OPEN → HALF_OPEN")
                .doesNotContain("database")
                .doesNotContain("\u001b");
        watching.interrupt();
        assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void watch_gives_scripts_one_object_a_line() throws Exception {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread watching = started("watch --json", status);
        int before = agent.events.newest(10).size();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            agent.circuits.set(
                    "database", agent.circuits.byName.get("database").state == State.OPEN ? State.CLOSED : State.OPEN);
            return output().lines().count() >= 2;
        });
        assertThat(before).isPositive();
        for (String line : output().lines().toList()) {
            assertThat(JSON.readTree(line).path("service").asText()).isEqualTo("database");
        }
        watching.interrupt();
        assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void a_view_is_repeated_also_over_a_restart_of_what_it_looks_at() throws Exception {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread watching = started("states --watch=200ms", status);
        await().atMost(Duration.ofSeconds(30)).until(() -> times("calcom") >= 2);

        agent.stopServing();
        await().atMost(Duration.ofSeconds(30)).until(() -> output().contains("asking again"));
        int seen = times("calcom");
        agent.serveAt(URI.create(url).getPort());

        await().atMost(Duration.ofSeconds(30)).until(() -> times("calcom") > seen);
        watching.interrupt();
        assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    }

    /** What a clock has counted between two answers differs by itself. */
    private static JsonNode timeless(String json) throws Exception {
        JsonNode tree = JSON.readTree(json);
        for (JsonNode times : tree.findValues("time_in_state_ms")) {
            ((com.fasterxml.jackson.databind.node.ObjectNode) times).removeAll();
        }
        return tree;
    }

    private int times(String word) {
        return output().split(word, -1).length - 1;
    }

    private Thread started(String command, CompletableFuture<Integer> status) {
        Thread thread = new Thread(() -> status.complete(ask(command)), "command");
        thread.start();
        return thread;
    }

    private static String send(String base, String method, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(base + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    private int ask(String command) {
        return run(command + " --url " + url);
    }

    private int run(String command) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        return Main.run(
                arguments.toArray(new String[0]),
                new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false),
                new PrintStream(complaints, true));
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complaints() {
        return complaints.toString(StandardCharsets.UTF_8);
    }
}
