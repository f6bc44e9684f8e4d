package dev.resilience.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.admin.AdminFixture;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.embedded.RedisServer;

/** Every command against a real admin server. */
class MainTest {

    private final AdminFixture agent = new AdminFixture();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    private String url;

    @TempDir
    private Path folder;

    @BeforeEach
    void serve() {
        url = agent.serve();
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void status_tells_what_is_broken_whom_it_hits_and_what_to_do() {
        agent.circuits.set("calcom", State.OPEN);

        assertThat(ask("status")).isEqualTo(0);

        assertThat(output())
                .contains("booking", "1.2.3", "SERVICE", "calcom", "OPEN", "in 12 s")
                .contains("Dependency 'calcom' circuit is OPEN")
                .contains("hits         retell, appointments")
                .contains("callers get  calcom_call: stale_cache")
                .contains("reset calcom");
        assertThat(complaints()).isEmpty();
    }

    @Test
    void status_offers_what_helps_where_a_mode_holds_a_circuit_open() {
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("retell", State.OPEN);
        agent.circuits.set("database", State.OPEN);
        agent.circuits.mode("calcom", Mode.FORCED_OPEN, null, "drill", "ada");
        agent.circuits.byName.get("retell").inFile = Mode.FORCED_OPEN;

        assertThat(ask("status")).isEqualTo(0);

        assertThat(output())
                .contains("you can      mode calcom auto | mode calcom forced_closed")
                .contains("you can      mode retell enforce --for 10m --reason WHY | mode retell forced_closed")
                .contains("you can      reset database | mode database forced_closed");
        out.reset();
        assertThat(ask("reset", "--all")).isEqualTo(0);
        assertThat(output())
                .contains(
                        "calcom is OPEN: its mode is forced_open, which a reset does not end (mode calcom enforce does")
                .contains("database is CLOSED\n");
    }

    @Test
    void a_broken_file_and_instances_that_differ_are_told_by_every_command_that_is_asked_how_it_is() {
        agent.surface.configRefused("resilience.yaml:3:5: unknown key `mod`");
        agent.others.add("booking-2", "11111111", "resilience.yaml:9:1: bad");
        agent.others.add("booking-3", "22222222", "");

        assertThat(ask("status")).isEqualTo(0);
        assertThat(output())
                .contains("is not in force", "unknown key `mod`")
                .contains("booking runs by 2 different configurations", "11111111 (booking-2)");
        out.reset();
        assertThat(ask("instances")).isEqualTo(1);
        assertThat(output()).contains("file broken", "booking runs by 2 different configurations");
        out.reset();
        assertThat(ask("doctor")).isEqualTo(1);
        assertThat(output())
                .contains("wrong file", "unknown key `mod`")
                .contains("wrong fleet   booking-2 does not take its file: resilience.yaml:9:1: bad")
                .contains("give all instances the same file");
    }

    @Test
    void instances_of_one_name_are_told_by_the_list_and_by_doctor() {
        agent.others.add("booking-2", "", "", "on other-host since 2026-01-01T00:00:00Z");

        assertThat(ask("instances")).isEqualTo(1);
        String told = "booking-2 is the name of another JVM, too: on other-host since 2026-01-01T00:00:00Z";
        assertThat(output()).contains(told);
        out.reset();
        assertThat(ask("doctor")).isEqualTo(1);
        assertThat(output()).contains("wrong fleet   " + told, "give each JVM an `instance` of its own");
    }

    @Test
    void health_gives_one_for_bad_news_and_zero_else() {
        assertThat(ask("health")).isEqualTo(0);
        agent.circuits.set("calcom", State.OPEN);

        assertThat(ask("health")).isEqualTo(1);
        assertThat(ask("health", "retell")).isEqualTo(1);
        assertThat(ask("health", "database")).isEqualTo(0);
        assertThat(ask("health", "nobody")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"health", "history", "prediction", "metrics"})
    void of_a_service_that_there_is_not_nothing_is_printed_but_the_complaint(String command) {
        assertThat(ask(command, "nobody", "--json")).isEqualTo(2);

        assertThat(output()).isEmpty();
        assertThat(complaints()).contains("nobody");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "states",
                "health",
                "history calcom",
                "metrics",
                "metrics calcom --endpoints",
                "dependencies",
                "fallbacks",
                "features",
                "events",
                "instances"
            })
    void views_print_a_table_and_with_json_the_answer_of_the_api(String command) throws Exception {
        assertThat(ask(command.split(" "))).as(complaints()).isEqualTo(0);
        assertThat(output()).isNotBlank().doesNotContain("\u001b");
        out.reset();

        assertThat(ask((command + " --json").split(" "))).as(complaints()).isEqualTo(0);
        assertThat(JsonMapper.builder().build().readTree(output()).isContainerNode())
                .isTrue();
    }

    @Test
    void reset_closes_a_circuit() {
        agent.circuits.set("calcom", State.OPEN);

        assertThat(ask("reset", "calcom")).isEqualTo(0);

        assertThat(output()).contains("calcom is CLOSED");
        assertThat(agent.circuits.byName.get("calcom").state).isEqualTo(State.CLOSED);
    }

    @Test
    void reset_wants_a_service_or_all() {
        assertThat(ask("reset")).isEqualTo(2);
        assertThat(ask("reset", "--all", "calcom")).isEqualTo(2);
        assertThat(ask("reset", "nobody")).isEqualTo(2);
        assertThat(complaints()).contains("--all").contains("no circuit of 'nobody'");
        assertThat(ask("reset", "--all")).isEqualTo(0);
    }

    @Test
    void wrong_use_is_told_with_what_was_probably_meant() {
        assertThat(ask("stats")).isEqualTo(2);
        assertThat(complaints()).contains("stats").contains("Did you mean");
        assertThat(run()).isEqualTo(2);
        assertThat(run("--help")).isEqualTo(0);
        assertThat(output()).contains("status", "doctor", "Exit status");
    }

    @Test
    void nobody_there_is_told_in_one_line() {
        agent.close();

        assertThat(ask("status")).isEqualTo(2);
        assertThat(complaints().lines()).containsExactly("nothing answers at " + url);
    }

    @Test
    void a_process_that_is_no_jvm_is_told_in_one_line() {
        assertThat(run("status", "--pid", "1")).isEqualTo(2);
        assertThat(complaints().lines()).hasSize(1);
        assertThat(run("status", "--pid", "1", "--url", url)).isEqualTo(2);
    }

    @Test
    void validate_lists_every_problem_with_its_place() throws Exception {
        Path broken = file("services:\n  a:\n    breaker: {failure_treshold: 3}\n    mod: enforce\n");

        assertThat(run("config", "validate", broken.toString())).isEqualTo(1);

        assertThat(output())
                .contains(broken + ":3:15")
                .contains("did you mean `failure_threshold`?")
                .contains(":4:5")
                .contains("did you mean `mode`?");
        assertThat(run("config", "validate", folder.resolve("none.yaml").toString()))
                .isEqualTo(2);
    }

    @Test
    void validate_warns_of_rules_that_never_match() throws Exception {
        Path file = file("""
                services:
                  a:
                    endpoints:
                      - name: all
                        http: {host: a.example}
                      - name: some
                        http: {host: a.example, path: /x}
                """);

        assertThat(run("config", "validate", file.toString())).isEqualTo(0);

        assertThat(output()).contains("`a / some` can never match: `a / all` stands before it");
    }

    @Test
    void explain_tells_which_rule_takes_a_call_and_why_not_the_others() throws Exception {
        Path file = file("""
                services:
                  a:
                    endpoints:
                      - name: post
                        http: {method: POST, host: a.example}
                      - name: get
                        http: {host: "*.example", path: /v1/**}
                        fallback: [stale_cache, respond]
                      - name: rows
                        jdbc: {url: "jdbc:h2:*", sql: "select*"}
                """);

        assertThat(run("config", "explain", file.toString(), "GET", "https://a.example/v1/x?y=1"))
                .isEqualTo(0);
        assertThat(output())
                .contains("no    a / post: method is POST")
                .contains("yes   a / get: matches")
                .contains("no    a / rows: it is a jdbc rule")
                .contains("stale_cache, then respond");
        out.reset();
        assertThat(run("config", "explain", file.toString(), "jdbc:h2:mem:x", "SELECT 1"))
                .isEqualTo(0);
        assertThat(output()).contains("yes   a / rows");
        assertThat(run("config", "explain", file.toString(), "GET", "https://b.other/"))
                .isEqualTo(1);
        assertThat(run("config", "explain", file.toString(), "GET", "/v1")).isEqualTo(2);
    }

    @Test
    void explain_tells_why_no_rows_of_a_statement_are_kept() throws Exception {
        Path file = file("""
                services:
                  a:
                    endpoints:
                      - {name: labels, jdbc: {url: "jdbc:h2:*", sql: "select label(*"}, fallback: [stale_cache]}
                      - {name: rows, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache]}
                """);

        run("config", "explain", file.toString(), "jdbc:h2:mem:x", "select take(), count(*) from jobs");
        assertThat(output()).contains("not kept  `take` may do more than read");
        out.reset();
        run("config", "explain", file.toString(), "jdbc:h2:mem:x", "select id from jobs for update");
        assertThat(output()).contains("not kept  it does more than read");
        out.reset();
        run("config", "explain", file.toString(), "jdbc:h2:mem:x", "select label(id) from jobs");
        assertThat(output()).contains("a / labels takes the call").doesNotContain("not kept");
    }

    @Test
    void validate_tells_of_links_that_can_answer_no_call_of_their_rule() throws Exception {
        Path file = file("""
                services:
                  a:
                    endpoints:
                      - name: book
                        http: {method: POST, host: a.example}
                        fallback: [stale_cache, {queue: {max_attempts: 8}}, manual_review]
                      - name: kept
                        http: {method: POST, host: b.example}
                        fallback: [{queue: {repeatable: true}}, respond]
                      - name: list
                        http: {host: c.example}
                        fallback: [stale_cache, queue, respond, manual_review]
                """);

        assertThat(run("config", "validate", file.toString())).isEqualTo(0);
        assertThat(output())
                .contains(":4:", "`a / book`: `stale_cache` never answers", "`a / book`: `queue` takes no POST")
                .contains("`a / list`: `manual_review` never answers: `respond` stands before it")
                .doesNotContain("a / kept", "`a / list`: `stale_cache`", "`a / list`: `queue`");
    }

    @Test
    void init_writes_a_file_that_is_valid_and_never_overwrites_one() {
        String file = folder.resolve("resilience.yaml").toString();

        assertThat(run("config", "init", file)).isEqualTo(0);
        assertThat(run("config", "validate", file)).as(output()).isEqualTo(0);
        assertThat(output()).doesNotContain("warning");
        assertThat(run("config", "init", file)).isEqualTo(2);
        assertThat(complaints()).contains("left as it is");
    }

    @Test
    void mode_sets_it_with_its_reason_and_gives_it_back() {
        assertThat(ask("mode", "calcom", "forced_open", "--for", "2h", "--reason", "planned work"))
                .isEqualTo(0);
        assertThat(output()).contains("calcom is in mode forced_open until ");
        assertThat(ask("states")).isEqualTo(0);
        assertThat(output()).contains("forced_open");
        assertThat(ask("mode", "calcom", "auto")).isEqualTo(0);
        assertThat(output()).contains("calcom is in mode enforce");
        assertThat(ask("mode", "calcom", "sometimes")).isEqualTo(2);
        assertThat(complaints()).contains("'mode' has to be one of enforce");
        assertThat(ask("mode", "calcom", "monitor", "--for", "soon")).isEqualTo(2);
        complaints.reset();
        assertThat(ask("mode", "calcom", "forced_open", "--for", "")).isEqualTo(2);
        assertThat(complaints()).contains("--for has to be a duration");
        assertThat(ask("states")).isEqualTo(0);
    }

    /** As a script's variable is that was not set. */
    @Test
    void an_empty_name_is_not_taken_for_all() {
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("database", State.OPEN);

        assertThat(ask("reset", "")).isEqualTo(2);
        assertThat(complaints()).contains("'service' is empty");
        assertThat(ask("cache", "clear", "--service", "")).isEqualTo(2);
        assertThat(agent.circuits.byName.get("database").state).isEqualTo(State.OPEN);
    }

    @Test
    void queue_and_reviews_are_listed_and_moved() {
        agent.keep("q1", "calcom", null);
        agent.keep("r1", "calcom", "8 attempts failed");

        assertThat(ask("queue", "list")).isEqualTo(0);
        assertThat(ask("reviews", "list")).isEqualTo(0);
        assertThat(output())
                .contains("q1", "r1", "8 attempts failed", "status 503")
                .doesNotContain("hunter2");
        assertThat(ask("queue", "retry", "q1")).isEqualTo(0);
        assertThat(ask("reviews", "requeue", "r1", "--note", "again")).isEqualTo(0);
        assertThat(ask("reviews", "resolve", "r1")).isEqualTo(2);
        assertThat(ask("queue", "drop", "r1")).isEqualTo(0);
        assertThat(ask("queue")).isEqualTo(2);
        assertThat(ask("cache", "clear", "--service", "calcom")).isEqualTo(0);
        assertThat(ask("cache", "clear", "--endpoint", "x")).isEqualTo(2);
        assertThat(ask("cache", "clear", "--key", "https://api.cal.com/v1/availability/day-1"))
                .isEqualTo(0);
    }

    @Test
    void doctor_says_what_is_wrong_and_what_to_do() throws Exception {
        Path good = file("services: {a: {}}\n");
        assertThat(ask("doctor", "--config", good.toString())).isEqualTo(1);
        assertThat(output())
                .contains("ok    jvm", "ok    config", "none configured")
                .contains("wrong woven", "make a call, then ask again");
        out.reset();

        Path away = file("redis: {url: 'redis://127.0.0.1:1'}\nservices: {a: {}}\n");
        assertThat(run("doctor", "--config", away.toString(), "--url", "http://127.0.0.1:1"))
                .isEqualTo(1);
        assertThat(output()).contains("wrong redis", "does not answer", "nothing answers at http://127.0.0.1:1");
    }

    /** The attach API of older JDKs would end it. */
    @Test
    void a_process_that_is_no_jvm_is_left_alone() throws Exception {
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            for (String command : new String[] {"status", "doctor"}) {
                assertThat(run(command, "--pid", Long.toString(other.pid()))).isEqualTo(2);
            }
            assertThat(run(
                            "attach",
                            Long.toString(other.pid()),
                            "--config",
                            file("services: {a: {}}\n").toString()))
                    .isEqualTo(2);
            assertThat(complaints()).contains("is no JVM");
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void doctor_looks_at_a_real_redis() throws Exception {
        int port;
        try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
            port = free.getLocalPort();
        }
        RedisServer redis = RedisServer.newRedisServer()
                .port(port)
                .setting("maxmemory-policy allkeys-lru")
                .build();
        redis.start();
        try {
            Path file = file("redis: {url: 'redis://127.0.0.1:" + port + "'}\nservices: {a: {}}\n");
            run("doctor", "--config", file.toString(), "--url", url);
            assertThat(output())
                    .contains("ok    redis   redis://127.0.0.1:" + port + " answers in")
                    .contains("ok    redis   keys below circuit_breaker: can be written")
                    .contains("wrong redis   maxmemory-policy allkeys-lru", "use noeviction");
        } finally {
            redis.stop();
        }
    }

    @Test
    void a_completion_script_is_printed() {
        assertThat(run("completion")).isEqualTo(0);
        assertThat(output()).contains("complete ");
    }

    @Test
    void the_version_and_help_are_told_in_the_usual_ways() {
        for (String way : List.of("--version", "-V", "version")) {
            out.reset();
            assertThat(run(way)).isEqualTo(0);
            assertThat(output()).startsWith("resilience.jar ").contains("Java ");
        }
        out.reset();
        assertThat(run("help")).isEqualTo(0);
        assertThat(output()).contains("doctor", "Exit status");
        out.reset();
        assertThat(run("help", "mode")).isEqualTo(0);
        assertThat(output()).contains("--reason");
    }

    @Test
    void what_is_found_in_a_file_is_there_for_scripts() throws Exception {
        String good = file("services: {a: {endpoints: [{name: x, http: {host: a.example}},"
                        + " {name: y, http: {host: a.example, path: /y}}]}}\n")
                .toString();
        assertThat(run("config", "validate", good)).isEqualTo(0);
        assertThat(output()).contains("application named when it starts, 1 service, 2 endpoints");
        JsonNode valid = json(0, "config", "validate", "--json", good);
        assertThat(valid.path("valid").asBoolean()).isTrue();
        assertThat(valid.path("endpoints").asInt()).isEqualTo(2);
        assertThat(valid.path("warnings").path(0).path("what").asText()).contains("can never match");
        assertThat(valid.path("warnings").path(0).path("line").asInt()).isEqualTo(1);
        assertThat(valid.path("warnings").path(0).path("column").asInt()).isGreaterThan(60);

        JsonNode taken = json(0, "config", "explain", good, "GET", "http://a.example/y", "--json");
        assertThat(taken.path("endpoint").asText()).isEqualTo("x");
        assertThat(taken.path("rules")).hasSize(2);
        JsonNode untouched = json(1, "config", "explain", good, "GET", "http://b.example/y", "--json");
        assertThat(untouched.path("matched").asBoolean()).isFalse();
        assertThat(untouched.path("rules").path(1).path("why_not").path(0).asText())
                .isEqualTo("host is a.example");

        JsonNode found = json(1, "doctor", "--config", good, "--url", url, "--json");
        assertThat(found.path("wrong").asInt()).isPositive();
        assertThat(found.path("findings").path(0).path("subject").asText()).isEqualTo("java");

        String bad = file("services: {a: {mode: foo}}\n").toString();
        JsonNode error =
                json(1, "config", "validate", "--json", bad).path("errors").path(0);
        assertThat(error.path("line").asInt()).isEqualTo(1);
        assertThat(error.path("message").asText()).contains("mode");
        assertThat(json(1, "config", "explain", bad, "GET", "http://a.example/", "--json")
                        .path("valid")
                        .asBoolean(true))
                .isFalse();
    }

    @Test
    void a_mode_set_by_a_person_is_told_with_who_until_when_and_why() {
        agent.circuits.set("calcom", State.OPEN);
        assertThat(ask("mode", "calcom", "monitor", "--for", "2h", "--reason", "drill"))
                .isEqualTo(0);
        String user = System.getProperty("user.name");
        for (String command : List.of("states", "features")) {
            out.reset();
            assertThat(ask(command)).isEqualTo(0);
            assertThat(output()).contains("monitor by " + user).contains(": drill");
        }
        out.reset();
        assertThat(ask("status")).isEqualTo(0);
        assertThat(output())
                .contains("mode monitor lets every call through")
                .doesNotContain("callers get  calcom_call")
                .contains("OPEN since " + Words.clock(AdminFixture.NOW - 48_000).substring(0, 10));
        out.reset();
        assertThat(ask("reset", "calcom")).isEqualTo(0);
        assertThat(agent.events.newest(9)).anySatisfy(event -> {
            assertThat(event.kind()).isEqualTo("reset");
            assertThat(event.detail()).contains(user + " through ");
        });
    }

    private JsonNode json(int status, String... command) throws Exception {
        out.reset();
        assertThat(run(command)).as(output() + complaints()).isEqualTo(status);
        return JsonMapper.builder().build().readTree(output());
    }

    private Path file(String yaml) throws Exception {
        return Files.writeString(folder.resolve("file.yaml"), yaml);
    }

    private int ask(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.add("--url");
        arguments.add(url);
        return run(arguments.toArray(new String[0]));
    }

    private int run(String... arguments) {
        return Main.run(arguments, new Screen(new PrintStream(out, true), false), new PrintStream(complaints, true));
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complaints() {
        return complaints.toString(StandardCharsets.UTF_8);
    }
}
