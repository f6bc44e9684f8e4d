package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import dev.resilience.fallback.Answer;
import dev.resilience.metrics.Exemplar;
import java.io.IOException;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way of one call, with real circuits. */
class CallGuardTest {

    private static final String PLAIN = """
            services:
              calcom:
                breaker: {failure_threshold: 2, timeout: 30s}
                endpoints:
                  - name: fetch
                    http: {method: GET, host: api.cal.com, path: /v1/**}
              database:
                breaker: {failure_threshold: 2}
                endpoints:
                  - name: staff
                    jdbc: {url: "jdbc:postgresql://*/booking", sql: "select * from staff*"}
            """;

    private static final String ANSWERED = """
            services:
              calcom:
                breaker: {failure_threshold: 2, timeout: 30s}
                endpoints:
                  - name: fetch
                    http: {host: api.cal.com}
                    fallback: [{respond: {status: 200}}]
            """;

    private static final String URI_OF_CALL = "https://api.cal.com/v1/slots";

    private final long failuresBefore = Bridge.failures();
    private GuardUnderTest under = new GuardUnderTest(PLAIN);

    @AfterEach
    void nothing_failed_inside_the_agent() {
        assertThat(Bridge.failures()).isEqualTo(failuresBefore);
    }

    @Test
    void a_call_that_no_rule_names_is_left_alone() {
        assertThat(under.guard.matchHttp("POST", URI.create(URI_OF_CALL))).isNull();
        assertThat(under.guard.matchHttp("GET", URI.create("https://other.example/v1/slots")))
                .isNull();
        assertThat(under.guard.matchJdbc("jdbc:postgresql://db/booking", "select 1"))
                .isNull();
        assertThat(under.guard.matchJdbc("jdbc:h2:mem:x", "select * from staff"))
                .isNull();
    }

    @Test
    void a_host_that_the_jdk_does_not_take_for_one_is_matched_too() {
        under = new GuardUnderTest(PLAIN.replace("host: api.cal.com", "host: cal_com, port: 8080"));
        assertThat(under.guard.matchHttp("GET", URI.create("http://user@cal_com:8080/v1/slots")))
                .isNotNull();
        assertThat(under.guard.matchHttp("GET", URI.create("http://cal_com/v1/slots")))
                .isNull();
    }

    @Test
    void calls_of_the_agents_own_and_inside_a_guarded_one_are_left_alone() {
        ThreadMarks.enter();
        try {
            assertThat(under.guard.matchHttp("GET", URI.create(URI_OF_CALL))).isNull();
            assertThat(under.guard.matchJdbc("jdbc:postgresql://db/booking", "select * from staff"))
                    .isNull();
        } finally {
            ThreadMarks.exit();
        }
        assertThat(under.guard.matchHttp("GET", URI.create(URI_OF_CALL))).isNotNull();
    }

    @Test
    void failed_answers_open_the_circuit_and_the_next_call_is_rejected_at_once() {
        failWith(503);
        failWith(503);
        Ruling ruling = call().admit();
        CircuitBreakerOpenException rejection = ((Ruling.Reject) ruling).exception();
        assertThat(rejection.getService()).isEqualTo("calcom");
        assertThat(rejection.getRetryAfterMillis()).isEqualTo(30_000);
        assertThat(under.figures("calcom").unansweredFailures()).isEqualTo(2);
        assertThat(under.figures("calcom").unansweredRejections()).isEqualTo(1);
        assertThat(under.spans)
                .containsExactly(
                        "calcom/fetch CLOSED failure", "calcom/fetch CLOSED failure", "calcom/fetch OPEN rejected");
    }

    @Test
    void calls_that_reached_the_dependency_are_examples_of_their_time() {
        under = new GuardUnderTest(ANSWERED);
        HttpCall quick = call();
        quick.admit();
        under.time.forward(Duration.ofMillis(3));
        quick.answered(GuardUnderTest.response(200));
        HttpCall slow = call();
        slow.admit();
        under.time.forward(Duration.ofSeconds(4));
        slow.failed(new IOException());
        failWith(500);
        call().admit();

        assertThat(under.figures("calcom").rejections()).isEqualTo(1);
        assertThat(under.metrics.exemplars("calcom", "fetch"))
                .extracting(Exemplar::span, Exemplar::durationNanos)
                .containsExactlyInAnyOrder(tuple(3L, 0L), tuple(1L, 3_000_000L), tuple(2L, 4_000_000_000L));
    }

    @Test
    void exceptions_count_as_the_rules_say() {
        fail(new IOException("reset"));
        assertThat(under.figures("calcom").failures()).isEqualTo(1);
        fail(new IllegalArgumentException("no such header"));
        assertThat(under.figures("calcom").requests()).isEqualTo(1);
    }

    @Test
    void a_cancelled_call_counts_nowhere() {
        HttpCall call = call();
        call.admit();
        call.cancelled();
        assertThat(call.failed(new CancellationException())).isInstanceOf(Ruling.Proceed.class);
        assertThat(under.figures("calcom").requests()).isZero();
        assertThat(under.spans).containsExactly("calcom/fetch CLOSED null");
    }

    @Test
    void a_call_is_settled_once() {
        HttpCall call = call();
        call.admit();
        call.answered(GuardUnderTest.response(200));
        call.answered(GuardUnderTest.response(500));
        call.failed(new IOException());
        call.broken(new IOException());
        assertThat(under.figures("calcom").requests()).isEqualTo(1);
        assertThat(under.figures("calcom").successes()).isEqualTo(1);
    }

    @Test
    void retry_after_of_the_answer_that_opened_it_sets_the_open_time() {
        failWith(503);
        HttpCall call = call();
        call.admit();
        call.answered(GuardUnderTest.response(503, "Retry-After", "7"));
        Ruling.Reject rejected = (Ruling.Reject) call().admit();
        assertThat(rejected.exception().getRetryAfterMillis()).isEqualTo(7_000);
    }

    @Test
    void trial_calls_decide_on_recovery() {
        failWith(500);
        failWith(500);
        under.time.forward(Duration.ofSeconds(31));
        assertThat(under.state("calcom")).isEqualTo(State.HALF_OPEN);
        succeed();
        succeed();
        assertThat(under.state("calcom")).isEqualTo(State.CLOSED);
    }

    @Test
    void a_fallback_answers_a_failed_call_and_a_rejected_one() {
        under = new GuardUnderTest(ANSWERED);
        assertThat(failWith(500)).isInstanceOf(Ruling.Substitute.class);
        assertThat(fail(new IOException())).isInstanceOf(Ruling.Substitute.class);
        assertThat(call().admit()).isInstanceOf(Ruling.Substitute.class);
        assertThat(under.strategy.asked)
                .extracting(trouble -> trouble.rejected())
                .containsExactly(false, false, true);
        assertThat(under.strategy.asked.get(0).status()).isEqualTo(500);
        assertThat(under.strategy.asked.get(2).retryAfterMillis()).isEqualTo(30_000);
        assertThat(under.figures("calcom").answeredFailures()).isEqualTo(2);
        assertThat(under.figures("calcom").answeredRejections()).isEqualTo(1);
        assertThat(under.figures("calcom").fallbacks()).containsEntry("respond", 3L);
        assertThat(under.spans).endsWith("calcom/fetch OPEN fallback respond");
    }

    @Test
    void without_an_answer_the_caller_gets_its_own_failure_or_the_rejection() {
        under = new GuardUnderTest(ANSWERED);
        under.strategy.next = CompletableFuture.failedFuture(new IOException("cache away"));
        assertThat(failWith(500)).isInstanceOf(Ruling.Proceed.class);
        under.strategy.next = CompletableFuture.completedFuture(null);
        assertThat(failWith(500)).isInstanceOf(Ruling.Proceed.class);
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
        assertThat(under.figures("calcom").unansweredFailures()).isEqualTo(2);
        assertThat(under.figures("calcom").unansweredRejections()).isEqualTo(1);
        assertThat(under.figures("calcom").fallbackMisses()).containsEntry("respond", 3L);
    }

    @Test
    void an_event_loop_never_waits_for_an_answer() {
        under = new GuardUnderTest(ANSWERED);
        CompletableFuture<Answer> late = new CompletableFuture<>();
        under.strategy.next = late;
        HttpCall call = call();
        assertThat(call.admitAsync().toCompletableFuture().join()).isInstanceOf(Ruling.Proceed.class);
        CompletableFuture<Ruling> ruling =
                call.answeredAsync(GuardUnderTest.response(500)).toCompletableFuture();
        assertThat(ruling).isNotDone();
        assertThat(under.circuits.find("calcom").view().failures()).isEqualTo(1);
        late.complete(new Answer.Http("respond", 200, List.of(), new byte[0]));
        assertThat(ruling).isCompletedWithValueMatching(Ruling.Substitute.class::isInstance);
    }

    @Test
    void fallback_on_says_which_outcomes_are_answered() {
        under = new GuardUnderTest(ANSWERED.replace("breaker:", "fallback_on: [rejected]\n    breaker:"));
        assertThat(failWith(500)).isInstanceOf(Ruling.Proceed.class);
        failWith(500);
        assertThat(call().admit()).isInstanceOf(Ruling.Substitute.class);
    }

    @Test
    void a_monitored_service_is_counted_and_never_interfered_with() {
        under = new GuardUnderTest(ANSWERED.replace("breaker:", "mode: monitor\n    breaker:"));
        for (int i = 0; i < 4; i++) {
            assertThat(failWith(500)).isInstanceOf(Ruling.Proceed.class);
        }
        assertThat(under.state("calcom")).isEqualTo(State.OPEN);
        assertThat(under.strategy.asked).isEmpty();
        assertThat(under.figures("calcom").wouldReject()).isEqualTo(2);
        assertThat(under.figures("calcom").unansweredFailures()).isEqualTo(4);
    }

    @Test
    void a_disabled_service_neither_counts_nor_rejects() {
        under = new GuardUnderTest(ANSWERED.replace("breaker:", "mode: disabled\n    breaker:"));
        for (int i = 0; i < 4; i++) {
            assertThat(failWith(500)).isInstanceOf(Ruling.Proceed.class);
        }
        assertThat(under.state("calcom")).isEqualTo(State.CLOSED);
        assertThat(under.strategy.asked).isEmpty();
    }

    @Test
    void callers_hear_that_a_circuit_is_forced_open_by_whom_and_until_when() {
        under.circuits.mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(2), "works", "ada");
        CircuitBreakerOpenException rejection = ((Ruling.Reject) call().admit()).exception();
        assertThat(rejection.getRetryAfterMillis()).isEqualTo(7_200_000);
        assertThat(rejection)
                .hasMessageContaining("'calcom' is forced open by ada until 2")
                .hasMessageContaining(": works")
                .hasMessageNotContaining("is due");

        under.circuits.mode("calcom", Mode.FORCED_OPEN, null, "", "ada");
        rejection = ((Ruling.Reject) call().admit()).exception();
        assertThat(rejection.getRetryAfterMillis()).isZero();
        assertThat(rejection).hasMessageContaining("forced open by ada until the mode is changed (");
    }

    @Test
    void a_forced_open_service_rejects_all() {
        under = new GuardUnderTest(
                PLAIN.replace("breaker: {failure_threshold: 2, t", "mode: forced_open\n    breaker: {t"));
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
    }

    @Test
    void an_open_dependency_sends_calls_to_the_fallback_chain_where_asked_for() {
        under = new GuardUnderTest(ANSWERED + """
                          retell:
                            depends_on: [calcom]
                            on_dependency_open: fallback
                            endpoints:
                              - name: recommend
                                http: {host: api.retellai.com}
                        """);
        assertThat(recommend().admit()).isInstanceOf(Ruling.Proceed.class);
        failWith(500);
        failWith(500);
        Ruling.Reject rejected = (Ruling.Reject) recommend().admit();
        assertThat(rejected.exception().getService()).isEqualTo("calcom");
        assertThat(under.state("retell")).isEqualTo(State.CLOSED);
    }

    @Test
    void a_dependency_behind_a_dependency_counts_and_one_that_only_watches_does_not() {
        under = new GuardUnderTest(ANSWERED + """
                          schedule: {depends_on: [calcom]}
                          retell:
                            depends_on: [schedule]
                            on_dependency_open: fallback
                            endpoints:
                              - name: recommend
                                http: {host: api.retellai.com}
                        """);
        failWith(500);
        failWith(500);
        assertThat(under.state("calcom")).isEqualTo(State.OPEN);
        assertThat(recommend().admit()).isInstanceOf(Ruling.Reject.class);

        under.mode("calcom", Mode.MONITOR);
        assertThat(under.state("calcom")).isEqualTo(State.OPEN);
        assertThat(recommend().admit()).isInstanceOf(Ruling.Proceed.class);
    }

    @Test
    void a_callers_own_sql_error_proves_that_the_database_lives() {
        JdbcCall call = under.jdbc("select * from staff");
        call.admit();
        call.failed(new SQLException("syntax error", "42601"));
        assertThat(under.figures("database").successes()).isEqualTo(1);
    }

    @Test
    void a_lost_connection_counts_as_a_failure_of_the_database() {
        for (int i = 0; i < 2; i++) {
            JdbcCall call = under.jdbc("SELECT *  FROM staff where id = 1");
            call.admit();
            call.failed(new SQLException("connection refused", "08001"));
        }
        assertThat(under.state("database")).isEqualTo(State.OPEN);
        Endpoint connecting = under.guard.matchConnect("jdbc:postgresql://db/booking");
        assertThat(connecting).isNotNull();
        assertThat(under.guard.open(connecting)).isTrue();
        assertThat(under.jdbc("select * from staff").refused()).isInstanceOf(Ruling.Reject.class);
    }

    @Test
    void attempts_to_connect_count_for_the_server_that_they_are_to_reach() {
        under = new GuardUnderTest("""
                defaults: {breaker: {failure_threshold: 2}}
                services:
                  database:
                    per: host
                    endpoints:
                      - {name: all, jdbc: {url: "jdbc:postgresql://*/booking"}}
                """);
        for (int i = 0; i < 2; i++) {
            JdbcCall call = under.connect("jdbc:postgresql://dead/booking");
            assertThat(call.admit()).isInstanceOf(Ruling.Proceed.class);
            call.failed(new SQLException("connection refused", "08001"));
        }
        assertThat(under.connect("jdbc:postgresql://dead/booking").admit()).isInstanceOf(Ruling.Reject.class);
        assertThat(under.connect("jdbc:postgresql://well/booking").admit()).isInstanceOf(Ruling.Proceed.class);
        assertThat(under.state("database")).isEqualTo(State.CLOSED);
    }

    @Test
    void a_connection_that_is_made_is_told_by_no_span() {
        JdbcCall call = under.connect("jdbc:postgresql://db/booking");
        call.admit();
        call.connected();
        assertThat(under.spans).isEmpty();
        assertThat(under.figures("database").successes()).isZero();
    }

    @Test
    void who_answers_is_told_the_span_of_the_call() {
        under = new GuardUnderTest(ANSWERED);
        failWith(500);
        assertThat(under.strategy.asked.get(0).trace()).isEqualTo("span of calcom/fetch");
    }

    @Test
    void calls_over_the_limit_are_rejected_at_once_and_the_limit_is_given_back_on_every_end() {
        under = new GuardUnderTest(
                PLAIN.replace("breaker: {failure_threshold: 2, t", "max_concurrent: 2\n    breaker: {t"));
        HttpCall one = call();
        HttpCall two = call();
        one.admit();
        two.admitAsync();
        Ruling.Reject over = (Ruling.Reject) call().admit();
        assertThat(over.exception()).hasMessageContaining("2 calls in flight");
        assertThat(under.figures("calcom").rejections()).isEqualTo(1);
        one.answered(GuardUnderTest.response(200));
        HttpCall three = call();
        assertThat(three.admit()).isInstanceOf(Ruling.Proceed.class);
        two.cancelled();
        three.failed(new IOException());
        assertThat(call().admit()).isInstanceOf(Ruling.Proceed.class);
        assertThat(call().admit()).isInstanceOf(Ruling.Proceed.class);
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
    }

    @Test
    void calls_in_flight_stay_counted_when_the_limit_is_changed_taken_away_or_set_again() {
        String limited = PLAIN.replace("breaker: {failure_threshold: 2, t", "max_concurrent: 4\n    breaker: {t");
        under = new GuardUnderTest(limited);
        List<HttpCall> calls = List.of(call(), call(), call());
        calls.forEach(HttpCall::admit);
        under.guard.apply(GuardUnderTest.config(limited.replace("max_concurrent: 4", "max_concurrent: 3")));
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
        calls.get(0).cancelled();
        HttpCall next = call();
        assertThat(next.admit()).isInstanceOf(Ruling.Proceed.class);
        under.guard.apply(GuardUnderTest.config(PLAIN));
        assertThat(call().admit()).isInstanceOf(Ruling.Proceed.class);
        under.guard.apply(GuardUnderTest.config(limited.replace("max_concurrent: 4", "max_concurrent: 2")));
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
        next.answered(GuardUnderTest.response(200));
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
        calls.get(1).failed(new IOException());
        assertThat(call().admit()).isInstanceOf(Ruling.Proceed.class);
        assertThat(call().admit()).isInstanceOf(Ruling.Reject.class);
    }

    @Test
    void a_call_whose_body_is_still_read_is_in_flight_no_more_and_takes_no_longer() {
        under = new GuardUnderTest(PLAIN.replace(
                "breaker: {failure_threshold: 2, t",
                "max_concurrent: 1\n    breaker: {slow_calls: {longer_than: 2s, rate: 0.5}, failure_threshold: 2, t"));
        HttpCall good = call();
        HttpCall broken = call();
        HttpCall closed = call();
        for (HttpCall call : List.of(good, broken, closed)) {
            assertThat(call.admit()).isInstanceOf(Ruling.Proceed.class);
            under.time.forward(Duration.ofSeconds(1));
            call.headed(GuardUnderTest.response(200));
            assertThat(under.figures("calcom").requests()).isZero();
        }
        under.time.forward(Duration.ofSeconds(20));
        assertThat(under.state("calcom")).isEqualTo(State.CLOSED);
        good.answered(GuardUnderTest.response(200));
        closed.answered(GuardUnderTest.response(404));
        broken.broken(new IOException("reset"));
        assertThat(under.figures("calcom").successes()).isEqualTo(2);
        assertThat(under.figures("calcom").failures()).isEqualTo(1);
        assertThat(under.state("calcom")).isEqualTo(State.CLOSED);
    }

    @Test
    void a_trial_whose_body_breaks_opens_the_circuit_again() {
        failWith(500);
        failWith(500);
        under.time.forward(Duration.ofSeconds(31));
        HttpCall trial = call();
        trial.admit();
        trial.headed(GuardUnderTest.response(200));
        assertThat(under.state("calcom")).isEqualTo(State.HALF_OPEN);
        trial.broken(new IOException("reset"));
        assertThat(under.state("calcom")).isEqualTo(State.OPEN);
    }

    @Test
    void connections_are_lent_only_where_a_probe_or_calls_taken_in_charge_need_them() {
        assertThat(lends("fallback_on: [failed]", "[stale_cache]")).isFalse();
        assertThat(lends("probe: {http: \"http://db/health\"}", "[stale_cache]"))
                .isFalse();
        assertThat(lends("probe: {sql: SELECT 1, url: \"jdbc:postgresql://db/booking\", user: me}", "[]"))
                .isFalse();
        assertThat(lends("probe: {sql: SELECT 1}", "[]")).isTrue();
        assertThat(lends("probe: {sql: SELECT 1, user: me}", "[]")).isTrue();
        assertThat(lends("probe: {sql: SELECT 1, url: \"jdbc:postgresql://db/booking\"}", "[]"))
                .isTrue();
        assertThat(lends("fallback_on: [failed]", "[{queue: {repeatable: true}}]"))
                .isTrue();
        assertThat(lends("fallback_on: [failed]", "[manual_review]")).isTrue();
    }

    private boolean lends(String service, String fallback) {
        under = new GuardUnderTest("""
                services:
                  database:
                    %s
                    endpoints:
                      - name: all
                        jdbc: {url: "jdbc:postgresql://*/booking"}
                        critical: true
                        fallback: %s
                """.formatted(service, fallback));
        Endpoint endpoint = under.guard.matchJdbc("jdbc:postgresql://db/booking", "select 1");
        assertThat(endpoint).isNotNull();
        return endpoint.lendsConnections();
    }

    private HttpCall call() {
        return under.http("GET", URI_OF_CALL);
    }

    private HttpCall recommend() {
        return under.http("GET", "https://api.retellai.com/v2");
    }

    private void succeed() {
        HttpCall call = call();
        assertThat(call.admit()).isInstanceOf(Ruling.Proceed.class);
        call.answered(GuardUnderTest.response(200));
    }

    private Ruling failWith(int status) {
        HttpCall call = call();
        Ruling admitted = call.admit();
        assertThat(admitted).isInstanceOf(Ruling.Proceed.class);
        return call.answered(GuardUnderTest.response(status));
    }

    private Ruling fail(Exception failure) {
        HttpCall call = call();
        assertThat(call.admit()).isInstanceOf(Ruling.Proceed.class);
        return call.failed(failure);
    }
}
