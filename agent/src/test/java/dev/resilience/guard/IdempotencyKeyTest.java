package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig;
import dev.resilience.config.Mode;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.IdempotencyKey;
import dev.resilience.fallback.Request;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The key by which a dependency can tell that a request which its rule calls repeatable is the same one. */
class IdempotencyKeyTest {

    private static final String MARKED = "http://api.cal.com/marked";

    private final GuardUnderTest under =
            new GuardUnderTest("""
                    services:
                      calcom:
                        endpoints:
                          - {name: marked, http: {host: api.cal.com, path: /marked}, fallback: [{queue: {repeatable: true}}]}
                          - {name: queued, http: {host: api.cal.com, path: /queued}, fallback: [queue]}
                    """, new EndpointConfig.Retry(3, Duration.ofMillis(100), Duration.ofSeconds(2)));

    @Test
    void is_the_same_from_the_first_sending_through_retries_to_what_takes_the_call_in_charge() {
        HttpCall call = under.http("POST", MARKED);
        call.canRepeat();
        call.admit();
        String key = key(call);
        assertThat(UUID.fromString(key)).hasToString(key);
        for (int i = 0; i < 2; i++) {
            assertThat(call.answered(GuardUnderTest.response(503))).isInstanceOf(Ruling.Again.class);
            assertThat(call.repeat()).isTrue();
            assertThat(key(call)).isEqualTo(key);
        }
        assertThat(call.answered(GuardUnderTest.response(503))).isInstanceOf(Ruling.Substitute.class);
        assertThat(told().header("idempotency-key")).containsExactly(key);
        assertThat(told().headers()).containsExactly(new Answer.Header(IdempotencyKey.HEADER, key));
    }

    @Test
    void of_a_call_that_was_never_sent_is_known_to_all_that_take_it_in_charge() {
        under.mode("calcom", Mode.FORCED_OPEN);
        HttpCall call = under.http("PATCH", MARKED);
        assertThat(call.admit()).isInstanceOf(Ruling.Substitute.class);
        List<String> key = told().header(IdempotencyKey.HEADER);
        assertThat(key).hasSize(1).isEqualTo(told().header(IdempotencyKey.HEADER));
        assertThat(told().headers()).containsExactly(new Answer.Header(IdempotencyKey.HEADER, key.get(0)));
    }

    @Test
    void is_another_one_for_each_call() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            HttpCall call = under.http("POST", MARKED);
            call.admit();
            keys.add(key(call));
        }
        assertThat(keys).hasSize(1_000);
    }

    @Test
    void of_the_applications_own_stays() {
        Answer.Header own = new Answer.Header("idempotency-key", "mine");
        HttpCall call = under.http("POST", MARKED, List.of(own));
        call.admit();
        assertThat(call.sentAlong()).isEmpty();
        call.answered(GuardUnderTest.response(503));
        assertThat(told().header(IdempotencyKey.HEADER)).containsExactly("mine");
        assertThat(told().headers()).containsExactly(own);
    }

    @Test
    void is_not_sent_with_what_asks_for_the_same_anyway_nor_where_the_rule_says_nothing() {
        for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "put")) {
            HttpCall call = under.http(method, MARKED);
            call.admit();
            assertThat(call.sentAlong()).as(method).isEmpty();
        }
        HttpCall call = under.http("POST", "http://api.cal.com/queued");
        call.admit();
        assertThat(call.sentAlong()).isEmpty();
    }

    @Test
    void is_not_sent_where_nothing_is_to_interfere() {
        under.mode("calcom", Mode.MONITOR);
        HttpCall call = under.http("POST", MARKED);
        call.admit();
        assertThat(call.sentAlong()).isEmpty();
    }

    private static String key(HttpCall call) {
        assertThat(call.sentAlong())
                .singleElement()
                .satisfies(header -> assertThat(header.name()).isEqualTo("Idempotency-Key"));
        return call.sentAlong().get(0).value();
    }

    private Request.Http told() {
        return (Request.Http) under.strategy.last;
    }
}
