package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.breaker.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class FailureRulesTest {

    private final FailureRules defaults = rules("");

    @Test
    void server_errors_fail_by_default_and_nothing_else() {
        assertThat(defaults.ofStatus(500)).isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofStatus(599)).isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofStatus(499)).isEqualTo(Outcome.SUCCESS);
        assertThat(defaults.ofStatus(200)).isEqualTo(Outcome.SUCCESS);
    }

    @Test
    void ignored_wins_over_failed() {
        FailureRules rules = rules("failures: {status: [429, 500-599], ignore: {status: [501]}}");
        assertThat(rules.ofStatus(501)).isEqualTo(Outcome.IGNORED);
        assertThat(rules.ofStatus(500)).isEqualTo(Outcome.FAILURE);
        assertThat(rules.ofStatus(429)).isEqualTo(Outcome.FAILURE);
    }

    @Test
    void an_exception_is_known_by_its_ancestors_and_its_causes() {
        assertThat(defaults.ofHttp(new ConnectException())).isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofHttp(new HttpTimeoutException("late"))).isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofHttp(new CompletionException(new TimeoutException())))
                .isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofHttp(new UncheckedIOException(new IOException()))).isEqualTo(Outcome.FAILURE);
    }

    @Test
    void a_programming_error_says_nothing() {
        assertThat(defaults.ofHttp(new IllegalArgumentException())).isEqualTo(Outcome.IGNORED);
        assertThat(defaults.ofHttp(new StackOverflowError())).isEqualTo(Outcome.IGNORED);
    }

    @Test
    void a_call_given_up_says_nothing() {
        assertThat(defaults.ofHttp(new IOException(new InterruptedException()))).isEqualTo(Outcome.IGNORED);
    }

    @Test
    void another_circuits_rejection_is_no_failure_of_this_service() {
        assertThat(defaults.ofHttp(new IOException(new CircuitBreakerOpenException("other", 1))))
                .isEqualTo(Outcome.IGNORED);
    }

    @Test
    void listed_exceptions_replace_the_default_ones() {
        FailureRules rules = rules("failures: {exceptions: [java.net.ConnectException]}");
        assertThat(rules.ofHttp(new ConnectException())).isEqualTo(Outcome.FAILURE);
        assertThat(rules.ofHttp(new IOException())).isEqualTo(Outcome.SUCCESS);
    }

    @Test
    void an_exception_can_be_ignored_by_name() {
        FailureRules rules = rules("failures: {ignore: {exceptions: [java.net.ConnectException]}}");
        assertThat(rules.ofHttp(new ConnectException())).isEqualTo(Outcome.IGNORED);
        assertThat(rules.ofHttp(new IOException())).isEqualTo(Outcome.FAILURE);
    }

    @Test
    void a_database_is_blamed_for_what_is_its_own() {
        assertThat(defaults.ofJdbc(new SQLException("gone", "57P01"))).isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofJdbc(new SQLTimeoutException())).isEqualTo(Outcome.FAILURE);
        assertThat(defaults.ofJdbc(new SQLSyntaxErrorException("no", "42000"))).isEqualTo(Outcome.SUCCESS);
        assertThat(defaults.ofJdbc(new SQLException("duplicate key", "23505"))).isEqualTo(Outcome.SUCCESS);
    }

    @Test
    void a_circular_chain_of_causes_ends() {
        Exception one = new Exception();
        Exception two = new Exception(one);
        one.initCause(two);
        assertThat(defaults.ofHttp(one)).isEqualTo(Outcome.SUCCESS);
        assertThat(defaults.ofJdbc(one)).isEqualTo(Outcome.SUCCESS);
    }

    private static FailureRules rules(String failures) {
        return new FailureRules(
                GuardUnderTest.config("services:\n  a:\n    endpoints:\n      - name: e\n        http: {host: a}\n"
                                + (failures.isEmpty() ? "" : "        " + failures + "\n"))
                        .services()
                        .get("a")
                        .endpoints()
                        .get(0)
                        .failures());
    }
}
