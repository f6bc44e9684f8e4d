package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.State;
import dev.resilience.config.EndpointConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** The rule's own repetition of a call, on a policy of three attempts, with real circuits. */
class RetryTest {

    private static final long WINDOW = Duration.ofSeconds(60).toNanos();

    private final RetryBudget budget = new RetryBudget(WINDOW);
    private final RetryPolicy policy =
            RetryPolicy.of(new EndpointConfig.Retry(3, Duration.ofMillis(100), Duration.ofSeconds(2)), false, budget);

    @Test
    void waits_grow_and_are_jittered_over_their_whole_length() {
        List<Long> first = waits(1);
        List<Long> second = waits(2);
        assertThat(first).allMatch(wait -> wait >= 0 && wait <= 100);
        assertThat(second).allMatch(wait -> wait >= 0 && wait <= 200).anyMatch(wait -> wait > 100);
        assertThat(Set.copyOf(first)).hasSizeGreaterThan(20);
    }

    @Test
    void there_are_no_more_attempts_than_declared() {
        assertThat(policy.nextWaitMillis(3, -1, 0)).isEqualTo(-1);
    }

    @Test
    void retry_after_is_heeded_or_the_failure_given_back() {
        assertThat(policy.nextWaitMillis(1, 1_500, 0)).isEqualTo(1_500);
        assertThat(policy.nextWaitMillis(1, 2_500, 0)).isEqualTo(-1);
    }

    @Test
    void only_what_is_safe_to_repeat_is_repeated() {
        assertThat(policy.mayRepeat("GET")).isTrue();
        assertThat(policy.mayRepeat("PUT")).isTrue();
        assertThat(policy.mayRepeat("POST")).isFalse();
        assertThat(policy.mayRepeat("PATCH")).isFalse();
    }

    @Test
    void extra_calls_are_a_tenth_of_all() {
        for (int i = 0; i < 1_000; i++) {
            budget.call(0);
        }
        int allowed = 0;
        for (int i = 0; i < 1_000; i++) {
            allowed += budget.retry(0) ? 1 : 0;
        }
        assertThat(allowed).isEqualTo(100);
    }

    @Test
    void extra_calls_are_a_tenth_of_all_however_many_ask_at_once() throws Exception {
        int callers = 8;
        int each = 2_000;
        LongAdder extra = new LongAdder();
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        for (int i = 0; i < callers; i++) {
            threads.execute(() -> {
                for (int call = 0; call < each; call++) {
                    budget.call(0);
                    if (budget.retry(0)) {
                        extra.increment();
                    }
                }
            });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(extra.sum()).isEqualTo(callers * each / 10);
    }

    @Test
    void a_service_with_few_calls_has_a_small_reserve() {
        int allowed = 0;
        for (int i = 0; i < 1_000; i++) {
            allowed += budget.retry(0) ? 1 : 0;
        }
        assertThat(allowed).isEqualTo(RetryBudget.RESERVE);
        assertThat(budget.retry(WINDOW - 1)).isFalse();
        assertThat(budget.retry(WINDOW + WINDOW / 10)).isTrue();
    }

    @Test
    void the_attempts_of_one_call_are_one_call_with_its_last_outcome() {
        GuardUnderTest under = retrying();
        HttpCall call = call(under);
        assertThat(call.answered(GuardUnderTest.response(500))).isInstanceOf(Ruling.Again.class);
        assertThat(call.repeat()).isTrue();
        assertThat(call.failed(new IOException())).isInstanceOf(Ruling.Again.class);
        assertThat(call.repeat()).isTrue();
        assertThat(call.answered(GuardUnderTest.response(200))).isInstanceOf(Ruling.Proceed.class);
        assertThat(under.figures("calcom").requests()).isEqualTo(1);
        assertThat(under.figures("calcom").successes()).isEqualTo(1);
        assertThat(under.spans).hasSize(1);
    }

    @Test
    void the_last_attempts_failure_is_the_calls() {
        GuardUnderTest under = retrying();
        HttpCall call = call(under);
        call.answered(GuardUnderTest.response(500));
        call.repeat();
        call.answered(GuardUnderTest.response(500));
        call.repeat();
        assertThat(call.answered(GuardUnderTest.response(500))).isInstanceOf(Ruling.Proceed.class);
        assertThat(under.figures("calcom").failures()).isEqualTo(1);
    }

    @Test
    void a_circuit_that_opens_meanwhile_ends_the_repeating() {
        GuardUnderTest under = retrying();
        HttpCall call = call(under);
        assertThat(call.answered(GuardUnderTest.response(500))).isInstanceOf(Ruling.Again.class);
        for (int i = 0; i < 5; i++) {
            HttpCall other = call(under);
            other.failed(new IOException());
            other.repeat();
            other.failed(new IOException());
            other.repeat();
            other.failed(new IOException());
        }
        assertThat(call.repeat()).isFalse();
        assertThat(call.answered(GuardUnderTest.response(500))).isInstanceOf(Ruling.Proceed.class);
    }

    @Test
    void a_trial_call_is_not_repeated() {
        GuardUnderTest under = retrying();
        open(under);
        HttpCall rejected = under.http("GET", "http://api.cal.com/");
        rejected.canRepeat();
        assertThat(rejected.admit()).isInstanceOf(Ruling.Reject.class);
        under.time.forward(Duration.ofSeconds(61));
        assertThat(under.state("calcom")).isEqualTo(State.HALF_OPEN);
        HttpCall trial = call(under);
        assertThat(trial.answered(GuardUnderTest.response(500))).isInstanceOf(Ruling.Proceed.class);
        assertThat(under.state("calcom")).isEqualTo(State.OPEN);
    }

    @Test
    void what_is_not_safe_to_repeat_is_not_repeated_whatever_its_adapter_can() {
        GuardUnderTest under = retrying();
        for (String method : List.of("POST", "PATCH", "CONNECT", "post")) {
            HttpCall call = under.http(method, "http://api.cal.com/");
            call.canRepeat();
            call.admit();
            assertThat(call.answered(GuardUnderTest.response(500))).as(method).isInstanceOf(Ruling.Proceed.class);
        }
    }

    @Test
    void the_endpoints_of_a_service_share_its_tenth_and_other_services_have_their_own() {
        GuardUnderTest under =
                new GuardUnderTest("""
                defaults: {breaker: {failure_threshold: 1000}}
                services:
                  calcom:
                    endpoints:
                      - {name: a, http: {host: api.cal.com, path: /a}}
                      - {name: b, http: {host: api.cal.com, path: /b}}
                  retell:
                    endpoints:
                      - {name: c, http: {host: api.retell.ai}}
                """, new EndpointConfig.Retry(2, Duration.ofMillis(100), Duration.ofSeconds(2)));
        assertThat(extra(under, "http://api.cal.com/a", 100)).isEqualTo(10);
        assertThat(extra(under, "http://api.cal.com/b", 100)).isEqualTo(10);
        assertThat(extra(under, "http://api.retell.ai/", 100)).isEqualTo(10);
    }

    private static int extra(GuardUnderTest under, String uri, int calls) {
        int extra = 0;
        for (int i = 0; i < calls; i++) {
            HttpCall call = under.http("GET", uri);
            call.canRepeat();
            call.admit();
            if (call.answered(GuardUnderTest.response(500)) instanceof Ruling.Again) {
                extra++;
                assertThat(call.repeat()).isTrue();
                call.answered(GuardUnderTest.response(500));
            }
        }
        return extra;
    }

    private static void open(GuardUnderTest under) {
        for (int i = 0; i < 6; i++) {
            HttpCall call = under.http("GET", "http://api.cal.com/");
            call.admit();
            call.failed(new IOException());
        }
        assertThat(under.state("calcom")).isEqualTo(State.OPEN);
    }

    @Test
    void an_adapter_that_cannot_repeat_is_never_asked_to() {
        GuardUnderTest under = retrying();
        HttpCall call = under.http("GET", "http://api.cal.com/");
        call.admit();
        assertThat(call.answered(GuardUnderTest.response(500))).isInstanceOf(Ruling.Proceed.class);
    }

    private List<Long> waits(int made) {
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waits.add(new RetryPolicy(3, 100, 2_000, Set.of(), new RetryBudget(WINDOW)).nextWaitMillis(made, -1, 0));
        }
        return waits;
    }

    private static HttpCall call(GuardUnderTest under) {
        HttpCall call = under.http("GET", "http://api.cal.com/");
        call.canRepeat();
        assertThat(call.admit()).isInstanceOf(Ruling.Proceed.class);
        return call;
    }

    private static GuardUnderTest retrying() {
        return new GuardUnderTest("""
                services:
                  calcom:
                    endpoints:
                      - name: fetch
                        http: {host: api.cal.com}
                """, new EndpointConfig.Retry(3, Duration.ofMillis(100), Duration.ofSeconds(2)));
    }
}
