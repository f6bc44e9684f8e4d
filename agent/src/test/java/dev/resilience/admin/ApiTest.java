package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Mode;
import dev.resilience.health.Samples;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shapes of the contract's table. */
class ApiTest {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final AdminFixture agent = new AdminFixture();
    private final HttpClient http = HttpClient.newHttpClient();
    private String url;

    @BeforeEach
    void serve() {
        url = agent.serve();
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void status_tells_the_system_and_each_service() throws Exception {
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("database", State.HALF_OPEN);

        JsonNode status = get("/api/health/status");

        assertThat(status.get("status").asText()).isEqualTo("degraded");
        assertThat(texts(status.get("open_circuits"))).containsExactly("calcom");
        assertThat(texts(status.get("half_open_circuits"))).containsExactly("database");
        JsonNode retell = status.get("services").get("retell");
        assertThat(retell.get("state").asText()).isEqualTo("CLOSED");
        assertThat(retell.get("healthy").asBoolean()).isFalse();
        assertThat(texts(retell.get("reasons"))).containsExactly("Dependency 'calcom' circuit is OPEN");
        assertThat(status.get("services").get("database").get("healthy").asBoolean())
                .isTrue();
    }

    @Test
    void cascading_failures_are_told_whenever_the_system_is_critical() throws Exception {
        agent.circuits.set("database", State.OPEN);
        assertThat(get("/api/health/status").get("cascading_failures")).isEmpty();
        agent.circuits.set("calcom", State.OPEN);

        JsonNode status = get("/api/health/status");
        assertThat(status.get("status").asText()).isEqualTo("critical");
        assertThat(texts(status.get("cascading_failures"))).containsExactlyInAnyOrder("calcom", "database");
        agent.circuits.set("retell", State.OPEN);
        assertThat(texts(get("/api/health/status").get("cascading_failures")))
                .containsExactly("calcom -> retell", "database");
    }

    @Test
    void the_instances_of_the_fleet_are_listed() throws Exception {
        JsonNode answer = get("/api/resilience/instances");
        assertThat(answer.get("drift").isNull()).isTrue();
        assertThat(answer.get("instances")).hasSize(1);
        JsonNode own = answer.get("instances").get(0);
        assertThat(own.get("version").asText()).isEqualTo("1.2.3");
        assertThat(own.get("mode").asText()).isEqualTo("local");
        assertThat(own.get("lost").asBoolean()).isFalse();
    }

    @Test
    void a_snapshot_is_taken_when_asked_for_and_listed_as_it_was() throws Exception {
        JsonNode taken = post("/api/resilience/snapshots?reason=before+the+change");

        JsonNode listed = get("/api/resilience/snapshots").get("snapshots");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0)).isEqualTo(taken.get("snapshot"));
        assertThat(listed.at("/0/reason").asText()).endsWith("before the change");
        assertThat(listed.at("/0/services/calcom/state").asText()).isEqualTo("CLOSED");
    }

    @Test
    void states_tell_each_circuits_figures() throws Exception {
        agent.circuits.set("calcom", State.OPEN);

        JsonNode calcom = get("/api/resilience/states").get("calcom");

        assertThat(calcom.get("state").asText()).isEqualTo("OPEN");
        assertThat(calcom.get("failures").asLong()).isEqualTo(2);
        assertThat(calcom.get("successes").asLong()).isEqualTo(6);
        assertThat(calcom.get("half_open_quota").asInt()).isEqualTo(3);
        assertThat(calcom.get("last_failure").asLong()).isEqualTo(1_760_000_000L);
        assertThat(calcom.get("epoch").asLong()).isEqualTo(2);
        assertThat(calcom.get("retry_after_ms").asLong()).isEqualTo(12_345);
        assertThat(calcom.get("breaker_mode").asText()).isEqualTo("enforce");
    }

    @Test
    void metrics_tell_calls_rates_latencies_and_objectives() throws Exception {
        EndpointRecorder calls = agent.metrics.endpoint("calcom", "calcom_call");
        for (int i = 0; i < 999; i++) {
            calls.record(CallOutcome.SUCCESS, 10_000_000);
        }
        calls.record(CallOutcome.FAILURE, 2_000_000_000);
        calls.fallback("stale_cache", CallOutcome.REJECTED, 100_000, 100_000);

        JsonNode body = get("/api/metrics/resilience");
        JsonNode calcom = body.get("services").get("calcom");

        assertThat(calcom.get("success_rate").asDouble()).isEqualTo(99.9);
        assertThat(calcom.get("requests").asLong()).isEqualTo(1_001);
        assertThat(calcom.get("p99_latency_ms").asDouble()).isBetween(9.0, 11.0);
        assertThat(calcom.get("slos_met").isBoolean()).isTrue();
        assertThat(body.get("services").get("retell").get("requests").asLong()).isZero();
        JsonNode latency = get("/api/metrics/latency-breakdown?service=calcom").get("services");
        assertThat(latency.size()).isEqualTo(1);
        assertThat(latency.get("calcom")
                        .get("endpoints")
                        .get("calcom_call")
                        .get("p50_ms")
                        .asDouble())
                .isBetween(9.0, 11.0);
        JsonNode times = latency.get("calcom").get("time_ms");
        assertThat(times.get("success").asDouble()).isEqualTo(9_990);
        assertThat(times.get("failure").asDouble()).isEqualTo(2_000);
        assertThat(times.get("fallback").asDouble()).isEqualTo(0.1);
        assertThat(times.get("rejected").asDouble()).isZero();
        assertThat(latency.at("/calcom/endpoints/calcom_call/time_percent/success")
                        .asDouble())
                .isBetween(83.0, 83.5);
        JsonNode fallbacks = get("/api/resilience/fallback-metrics").get("services");
        assertThat(fallbacks.get("calcom").get("served").get("stale_cache").asLong())
                .isEqualTo(1);
    }

    /** Whoever reads all services finds the figures of each. */
    @Test
    void circuits_of_single_hosts_are_told_within_their_service() throws Exception {
        agent.circuits.add("calcom@a.example");

        for (String query : new String[] {"", "?service=calcom", "?service=calcom@a.example"}) {
            JsonNode services = get("/api/metrics/resilience" + query).get("services");
            assertThat(services.has("calcom@a.example")).as(query).isFalse();
            assertThat(services.at("/calcom/requests").isNumber()).as(query).isTrue();
            assertThat(services.get("calcom").has("circuits")).as(query).isEqualTo(!query.equals("?service=calcom"));
        }
        assertThat(get("/api/metrics/resilience")
                        .at("/services/calcom/circuits/calcom@a.example/recoveries")
                        .isNumber())
                .isTrue();
    }

    @Test
    void dependencies_tell_who_is_hit_by_whom() throws Exception {
        agent.circuits.set("calcom", State.OPEN);

        JsonNode body = get("/api/resilience/dependencies");

        assertThat(texts(body.get("services").get("retell").get("depends_on"))).containsExactly("calcom");
        assertThat(texts(body.get("services").get("calcom").get("impact"))).containsExactly("retell", "appointments");
        assertThat(texts(body.get("hits").get(0).get("hit"))).containsExactly("retell", "appointments");
    }

    @Test
    void features_tell_what_works_now_and_what_people_are_told() throws Exception {
        agent.circuits.set("calcom", State.OPEN);

        JsonNode body = get("/api/resilience/features");

        JsonNode calcom = body.get("calcom");
        assertThat(calcom.get("state").asText()).isEqualTo("OPEN");
        assertThat(calcom.get("mode").asText()).isEqualTo("enforce");
        assertThat(calcom.get("degradation_message").asText()).contains("restore service");
        assertThat(calcom.get("endpoints").get("calcom_call").get("available").asBoolean())
                .isFalse();
        assertThat(body.get("database")
                        .get("endpoints")
                        .get("database_call")
                        .get("available")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void a_feature_whose_calls_wait_for_a_dependency_is_not_available() throws Exception {
        agent.close();
        AgentConfig config = Samples.config(
                Samples.service("base", List.of(), null),
                Samples.service("middle", List.of("base"), null),
                Samples.leaning("shop", "middle"));
        try (AdminFixture fleet = new AdminFixture(config)) {
            url = fleet.serve();
            fleet.circuits.set("base", State.OPEN);

            JsonNode shop = get("/api/resilience/features").get("shop");
            assertThat(shop.get("available").asBoolean()).isFalse();
            assertThat(shop.get("open_dependency").asText()).isEqualTo("base");
            JsonNode call = shop.at("/endpoints/shop_call");
            assertThat(call.get("available").asBoolean()).isFalse();
            assertThat(call.get("answered_by").asText()).isEqualTo("fallback");
            assertThat(call.get("degradation_message").asText()).isNotEmpty();

            fleet.circuits.mode("base", Mode.MONITOR, null, "", "test");
            JsonNode watched = get("/api/resilience/features").get("shop");
            assertThat(watched.get("available").asBoolean()).isTrue();
            assertThat(watched.has("open_dependency")).isFalse();
        }
    }

    @Test
    void events_are_newest_first_and_can_be_followed() throws Exception {
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("calcom", State.HALF_OPEN);
        agent.circuits.set("database", State.OPEN);

        JsonNode events = get("/api/resilience/events?service=calcom").get("events");
        assertThat(events).hasSize(2);
        assertThat(events.get(0).get("to").asText()).isEqualTo("HALF_OPEN");
        assertThat(events.get(0).get("timestamp").asText()).isEqualTo("2025-10-09T08:53:20Z");
        assertThat(get("/api/resilience/events?after=2").get("events")).hasSize(1);
        assertThat(get("/api/resilience/events?limit=1").get("events")).hasSize(1);
    }

    @Test
    void one_service_is_told_of_where_one_is_asked_for_and_an_unknown_one_is_not_found() throws Exception {
        for (String path : List.of("states", "features")) {
            assertThat(get("/api/resilience/" + path + "?service=calcom").fieldNames())
                    .toIterable()
                    .containsExactly("calcom");
        }
        assertThat(get("/api/resilience/dependencies?service=calcom")
                        .get("services")
                        .fieldNames())
                .toIterable()
                .containsExactly("calcom");
        assertThat(get("/api/health/status?service=calcom").get("services").fieldNames())
                .toIterable()
                .containsExactly("calcom");
        for (String path : List.of(
                "/api/resilience/states",
                "/api/resilience/features",
                "/api/resilience/dependencies",
                "/api/resilience/events",
                "/api/health/status")) {
            assertThat(status("GET", path + "?service=nope")).as(path).isEqualTo(404);
        }
    }

    @Test
    void clearing_the_cache_tells_of_each_service_and_knows_its_endpoints() throws Exception {
        assertThat(status("POST", "/api/resilience/cache/clear?service=calcom&endpoint=nope"))
                .isEqualTo(404);
        assertThat(post("/api/resilience/cache/clear?service=calcom")
                        .get("services")
                        .isObject())
                .isTrue();
    }

    @Test
    void reset_says_what_was_done_and_is_an_event() throws Exception {
        agent.circuits.set("calcom", State.OPEN);

        JsonNode body = post("/api/resilience/reset?service=calcom");

        assertThat(body.get("reset").get("calcom").get("state").asText()).isEqualTo("CLOSED");
        assertThat(get("/api/resilience/events").get("events").toString()).contains("\"kind\":\"reset\"");
    }

    @Test
    void a_mode_is_ordered_shown_with_its_reason_and_given_back() throws Exception {
        JsonNode done =
                post("/api/resilience/mode?service=calcom&mode=forced_open&for=2h&reason=broken%0Aagain&by=alice");

        assertThat(done.get("mode").asText()).isEqualTo("forced_open");
        assertThat(done.get("mode_source").asText()).isEqualTo("runtime");
        assertThat(done.get("mode_reason").asText()).isEqualTo("broken again");
        assertThat(done.get("mode_by").asText()).isEqualTo("alice through the admin API from 127.0.0.1");
        assertThat(done.get("mode_until").asText()).isNotBlank();
        assertThat(get("/api/resilience/states").get("calcom").get("mode").asText())
                .isEqualTo("forced_open");
        JsonNode feature = get("/api/resilience/features").get("calcom");
        assertThat(feature.get("mode").asText()).isEqualTo("forced_open");
        assertThat(feature.get("file_mode").asText()).isEqualTo("enforce");
        assertThat(get("/api/resilience/events").toString()).contains("\"kind\":\"mode\"", "broken again");

        JsonNode back = post("/api/resilience/mode?service=calcom&mode=auto");
        assertThat(back.get("mode").asText()).isEqualTo("enforce");
        assertThat(back.get("mode_source").asText()).isEqualTo("file");
    }

    @Test
    void a_mode_that_makes_no_sense_is_refused() throws Exception {
        for (String query : new String[] {
            "",
            "?service=calcom",
            "?service=calcom&mode=x",
            "?service=calcom&mode=monitor&for=x",
            "?service=calcom&mode=monitor&for=",
            "?service=calcom&mode=auto&for=1h",
            "?service=nobody&mode=monitor"
        }) {
            assertThat(status("POST", "/api/resilience/mode" + query)).as(query).isIn(400, 404);
        }
    }

    @Test
    void calls_taken_in_charge_are_listed_and_moved() throws Exception {
        agent.keep("q1", "calcom", null);
        agent.keep("q2", "database", null);
        agent.keep("r1", "calcom", "8 attempts failed");

        JsonNode queue = get("/api/resilience/queue");
        assertThat(queue.get("total").asLong()).isEqualTo(2);
        JsonNode entry = queue.get("entries").get(0);
        assertThat(entry.get("id").asText()).isEqualTo("q1");
        assertThat(entry.get("call").asText()).startsWith("POST https://api.cal.com/v1/bookings");
        assertThat(entry.get("last_error").asText()).isEqualTo("status 503");
        assertThat(entry.get("attempts").asInt()).isEqualTo(2);
        assertThat(get("/api/resilience/queue?offset=1&limit=1")
                        .get("entries")
                        .get(0)
                        .get("id")
                        .asText())
                .isEqualTo("q2");
        JsonNode reviews = get("/api/resilience/reviews?service=calcom");
        assertThat(reviews.get("entries").get(0).get("reason").asText()).isEqualTo("8 attempts failed");
        assertThat(queue.toString() + reviews).doesNotContain("hunter2");
        JsonNode metrics = get("/api/resilience/fallback-metrics");
        assertThat(metrics.get("queue_entries").asLong()).isEqualTo(2);
        assertThat(metrics.get("services").get("calcom").get("review_entries").asLong())
                .isEqualTo(1);
        assertThat(text("/metrics", "text/plain")).contains("resilience_queue_entries{service=\"calcom\"} 1.0");

        post("/api/resilience/queue/retry?id=q1");
        assertThat(agent.calls.hastened).containsExactly("q1");
        post("/api/resilience/reviews/requeue?id=r1&by=alice&note=again");
        assertThat(get("/api/resilience/queue?service=calcom").get("total").asLong())
                .isEqualTo(2);
        post("/api/resilience/queue/drop?id=q2");
        assertThat(get("/api/resilience/queue").get("total").asLong()).isEqualTo(2);
        assertThat(get("/api/resilience/events").toString())
                .contains("queue_drop", "review_requeue", "r1 by alice", "again");
        for (String action :
                new String[] {"queue/retry", "queue/drop", "reviews/resolve", "reviews/requeue", "reviews/drop"}) {
            assertThat(status("POST", "/api/resilience/" + action)).isEqualTo(400);
            assertThat(status("POST", "/api/resilience/" + action + "?id=none")).isEqualTo(404);
        }
    }

    @Test
    void critical_calls_for_review_come_first_over_all_services_on_each_page() throws Exception {
        agent.keep("calcom.1", "calcom", "8 attempts failed");
        agent.keep("calcom.2", "calcom", "8 attempts failed");
        agent.keepCritical("calcom.3", "calcom");
        agent.keep("database.1", "database", "8 attempts failed");
        agent.keepCritical("database.2", "database");

        assertThat(reviewed("")).containsExactly("calcom.3", "database.2", "calcom.1", "calcom.2", "database.1");
        assertThat(reviewed("?limit=2")).containsExactly("calcom.3", "database.2");
        assertThat(reviewed("?offset=1&limit=2")).containsExactly("database.2", "calcom.1");
        assertThat(reviewed("?offset=3&limit=5")).containsExactly("calcom.2", "database.1");
        assertThat(reviewed("?offset=5")).isEmpty();
        assertThat(reviewed("?service=database")).containsExactly("database.2", "database.1");
        assertThat(get("/api/resilience/reviews?limit=1").get("total").asLong()).isEqualTo(5);
    }

    private List<String> reviewed(String query) throws Exception {
        return get("/api/resilience/reviews" + query).get("entries").findValuesAsText("id");
    }

    @Test
    void what_people_did_to_a_call_is_an_event_of_its_service() throws Exception {
        agent.keep("calcom.1", "calcom", null);
        agent.keep("calcom.2", "calcom", "8 attempts failed");
        post("/api/resilience/queue/retry?id=calcom.1");
        post("/api/resilience/queue/drop?id=calcom.1");
        post("/api/resilience/reviews/resolve?id=calcom.2");

        assertThat(get("/api/resilience/events?service=calcom").get("events").findValuesAsText("kind"))
                .containsExactly("review_resolve", "queue_drop", "queue_retry");
        assertThat(get("/api/resilience/events?service=database").get("events")).isEmpty();
    }

    @Test
    void events_of_a_host_are_found_by_its_service() throws Exception {
        agent.circuits.add("calcom@a.example");
        agent.circuits.set("calcom@a.example", State.OPEN);

        for (String service : List.of("calcom", "calcom@a.example")) {
            assertThat(get("/api/resilience/events?service=" + service)
                            .get("events")
                            .findValuesAsText("service"))
                    .as(service)
                    .containsExactly("calcom@a.example");
        }
    }

    /** A script whose variable was not set means no fleet-wide, endless or complete action. */
    @Test
    void a_parameter_that_is_named_and_empty_is_not_taken_for_all_or_for_ever() throws Exception {
        agent.circuits.set("calcom", State.OPEN);
        for (String path : List.of(
                "mode?service=calcom&mode=forced_open&for=",
                "reset?service=",
                "cache/clear?service=",
                "cache/clear?service=calcom&endpoint=",
                "cache/clear?service=calcom&key=")) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(url + "/api/resilience/" + path))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path).isEqualTo(400);
            assertThat(answer.body()).as(path).contains("is empty: give it a value, or leave it out");
        }
        assertThat(get("/api/resilience/states").at("/calcom/state").asText()).isEqualTo("OPEN");
        assertThat(get("/api/resilience/states").at("/calcom/mode").asText()).isEqualTo("enforce");
    }

    @Test
    void who_has_the_answer_already_gets_it_not_again() throws Exception {
        HttpResponse<String> first = http.send(
                HttpRequest.newBuilder(URI.create(url + "/api/resilience/dependencies"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String tag = first.headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> second = http.send(
                HttpRequest.newBuilder(URI.create(url + "/api/resilience/dependencies"))
                        .header("If-None-Match", tag)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
    }

    @Test
    void the_stream_tells_the_status_at_once_and_events_as_they_happen() throws Exception {
        HttpResponse<java.util.stream.Stream<String>> stream = http.send(
                HttpRequest.newBuilder(URI.create(url + "/api/resilience/stream"))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        assertThat(stream.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        java.util.Iterator<String> lines = stream.body().iterator();
        assertThat(until(lines, "data: ")).contains("\"status\":\"healthy\"");

        agent.circuits.set("calcom", State.OPEN);

        assertThat(until(lines, "id: ")).isEqualTo("id: 1");
        assertThat(lines.next()).isEqualTo("event: event");
        assertThat(lines.next()).contains("\"to\":\"OPEN\"");
        assertThat(until(lines, "data: ")).contains("\"status\":\"degraded\"");
        stream.body().close();
    }

    @Test
    void a_listener_that_does_not_read_is_cut_and_the_others_hear_on() throws Exception {
        URI address = URI.create(url);
        try (java.net.Socket slow = new java.net.Socket()) {
            slow.setReceiveBufferSize(4_096);
            slow.connect(new java.net.InetSocketAddress(address.getHost(), address.getPort()));
            slow.getOutputStream()
                    .write(("GET /api/resilience/stream HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\n\r\n")
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            HttpResponse<java.util.stream.Stream<String>> stream = http.send(
                    HttpRequest.newBuilder(URI.create(url + "/api/resilience/stream"))
                            .build(),
                    HttpResponse.BodyHandlers.ofLines());
            java.util.Iterator<String> lines = stream.body().iterator();
            until(lines, "data: ");
            int rounds = 400;
            for (int round = 1; round <= rounds; round++) {
                agent.events.acted(AdminFixture.NOW, "reset", "calcom", "x".repeat(60_000) + "round " + round);
                String heard = until(lines, "data: ");
                while (!heard.contains("round " + round + "\"")) {
                    heard = until(lines, "data: ");
                }
            }
            slow.setSoTimeout(30_000);
            long read = 0;
            try {
                byte[] some = new byte[65_536];
                for (int count = slow.getInputStream().read(some); count >= 0; ) {
                    read += count;
                    count = slow.getInputStream().read(some);
                }
            } catch (java.net.SocketException reset) {
                // Cut, too.
            }
            assertThat(read).isLessThan(60_000L * rounds);
            stream.body().close();
        }
    }

    private static String until(java.util.Iterator<String> lines, String beginning) {
        String line = lines.next();
        while (!line.startsWith(beginning)) {
            line = lines.next();
        }
        return line;
    }

    private int status(String method, String path) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create(url + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void the_prometheus_page_has_the_names_of_the_contract_and_parses() throws Exception {
        agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 10_000_000);
        agent.metrics.endpoint("calcom", "calcom_call").fallback("stale_cache", CallOutcome.FAILURE, 1, 1);
        agent.circuits.set("calcom", State.OPEN);

        String page = text("/metrics", "text/plain");

        assertThat(page)
                .contains("resilience_calls_total{endpoint=\"calcom_call\",outcome=\"success\",service=\"calcom\"} 1")
                .contains("resilience_call_duration_seconds_bucket{endpoint=\"calcom_call\",service=\"calcom\",le=")
                .contains("resilience_circuit_state{service=\"calcom\",state=\"OPEN\"} 1")
                .contains("resilience_circuit_state{service=\"calcom\",state=\"CLOSED\"} 0")
                .contains("resilience_circuit_mode{mode=\"enforce\",service=\"calcom\",source=\"file\"} 1")
                .contains("resilience_circuit_transitions_total{from=\"CLOSED\",service=\"calcom\",to=\"OPEN\"} 1")
                .contains(
                        "resilience_fallbacks_total{endpoint=\"calcom_call\",service=\"calcom\",strategy=\"stale_cache\"} 1")
                .contains(
                        "resilience_fallbacks_total{endpoint=\"retell_call\",service=\"retell\",strategy=\"stale_cache\"} 0")
                .contains("resilience_store_up 1");
        Pattern sample = Pattern.compile(
                "[a-z_]+(\\{([a-z_]+=\"[^\"]*\",?)*\\})? ([-+]?[0-9.]+([eE][-+]?[0-9]+)?|[-+]?Inf|NaN)");
        assertThat(page.lines().filter(line -> !line.startsWith("#")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).matches(sample));
        assertThat(text("/metrics", "application/openmetrics-text")).endsWith("# EOF\n");
    }

    private JsonNode get(String path) throws Exception {
        return MAPPER.readTree(text(path, "application/json"));
    }

    private String text(String path, String accept) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private JsonNode post(String path) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return MAPPER.readTree(response.body());
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }
}
