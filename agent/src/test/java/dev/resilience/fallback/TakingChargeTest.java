package dev.resilience.fallback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig.Fallback;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TakingChargeTest {

    private static final String URL = "https://api.cal.com/v1/bookings/7?customer=c7";
    private static final Trouble REJECTED = new Trouble(true, 5_000, 0, null);
    private static final Template.Setting SETTING = new Template.Setting("calcom", "update_booking", "Soon.");

    private final List<QueuedCall> kept = new ArrayList<>();
    private CallStore.Added room = CallStore.Added.KEPT;
    private boolean critical;

    @Test
    void a_call_is_kept_and_its_caller_told_so() {
        Answer.Http answer =
                (Answer.Http) queue(rule(false, null, false), FakeHttp.of("PUT", URL, "{}".getBytes(UTF_8)));
        QueuedCall call = kept.get(0);
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.strategy()).isEqualTo("queue");
        assertThat(new String(answer.body(), UTF_8)).isEqualTo("{\"status\":\"queued\",\"id\":\"" + call.id() + "\"}");
        assertThat(answer.headers())
                .contains(
                        new Answer.Header("X-Resilience-Fallback", "queue"),
                        new Answer.Header("X-Resilience-Service", "calcom"),
                        new Answer.Header("Retry-After", "5"),
                        new Answer.Header("Idempotency-Key", call.idempotencyKey()));
        assertThat(call.reason()).isNull();
        assertThat(call.expiresAt() - call.acceptedAt())
                .isEqualTo(Duration.ofHours(24).toMillis());
        assertThat(QueuedCall.serviceOf(call.id())).isEqualTo("calcom");
        assertThat(((QueuedCall.Http) call.call()).body()).isEqualTo("{}".getBytes(UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"GET,true", "HEAD,true", "PUT,true", "DELETE,true", "POST,false", "PATCH,false", "get,true"})
    void only_what_is_safe_to_repeat_is_queued(String method, boolean safe) {
        assertThat(queue(rule(false, null, false), FakeHttp.of(method, URL, new byte[0])) != null)
                .isEqualTo(safe);
        assertThat(queue(rule(true, null, false), FakeHttp.of(method, URL, new byte[0])))
                .isNotNull();
    }

    @Test
    void a_call_that_cannot_be_told_whole_is_not_taken() {
        assertThat(queue(rule(true, null, false), FakeHttp.of("PUT", URL, null)))
                .isNull();
        assertThat(kept).isEmpty();
    }

    @Test
    void a_call_with_a_signature_that_expires_is_not_queued() {
        FakeHttp signed = FakeHttp.of("PUT", URL, new byte[0], "Authorization: AWS4-HMAC-SHA256 Credential=AKID/x");
        assertThat(queue(rule(true, null, false), signed)).isNull();
        assertThat(kept).isEmpty();
        assertThat(review(signed, REJECTED)).isNotNull();
    }

    @Test
    void when_full_the_next_link_is_asked() {
        room = CallStore.Added.FULL;
        assertThat(queue(rule(true, null, false), FakeHttp.of("PUT", URL, new byte[0])))
                .isNull();
    }

    @Test
    void when_full_a_critical_call_is_flagged_for_a_person_instead() {
        critical = true;
        room = CallStore.Added.FULL;
        Answer.Http answer = (Answer.Http) queue(rule(true, null, false), FakeHttp.of("PUT", URL, new byte[0]));
        assertThat(answer.strategy()).isEqualTo("manual_review");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(kept).singleElement().satisfies(call -> {
            assertThat(call.reason()).isEqualTo("not queued: 10 calls wait already");
            assertThat(call.critical()).isTrue();
            assertThat(QueuedCall.read(call.toBytes()).critical()).isTrue();
            assertThat(CallView.of(call).critical()).isTrue();
        });
    }

    @Test
    void the_call_that_was_kept_is_named_by_its_own_span_before_the_applications() {
        Request request = FakeHttp.of("PUT", URL, new byte[0], "traceparent: 00-of-the-application-01");
        queue(rule(true, null, false), request);
        assertThat(kept.get(0).cause()).isEqualTo("00-of-the-application-01");
        review(request, new Trouble(true, 0, 0, null, "00-of-the-call-01"));
        assertThat(kept.get(1).cause()).isEqualTo("00-of-the-call-01");
    }

    @Test
    void the_applications_own_key_is_kept() {
        queue(rule(true, null, false), FakeHttp.of("POST", URL, new byte[0], "idempotency-key: order-7"));
        assertThat(kept.get(0).idempotencyKey()).isEqualTo("order-7");
        assertThat(headerNames(kept.get(0))).doesNotContain("idempotency-key");
    }

    @Test
    void what_proves_who_asks_is_kept_only_if_the_rule_says_so() {
        String[] headers = {
            "Authorization: Bearer s3cret",
            "Cookie: s3cret",
            "X-Api-Key: s3cret",
            "X-Auth-Token: s3cret",
            "Content-Type: application/json",
            "X-User-Id: 7",
            "Connection: X-Hop",
            "X-Hop: 1",
            "Content-Length: 2",
            "Host: api.cal.com"
        };
        queue(rule(true, null, false), FakeHttp.of("PUT", URL, new byte[0], headers));
        assertThat(headerNames(kept.get(0))).containsExactly("Content-Type", "X-User-Id");
        assertThat(new String(kept.get(0).toBytes(), UTF_8)).doesNotContain("s3cret");
        queue(rule(true, null, true), FakeHttp.of("PUT", URL, new byte[0], headers));
        assertThat(headerNames(kept.get(1)))
                .containsExactly("Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "Content-Type", "X-User-Id");
        assertThat(kept.get(1).toString()).doesNotContain("s3cret");
    }

    @Test
    void the_order_is_what_the_template_gives() {
        queue(rule(true, "{query.customer} {path}", false), FakeHttp.of("PUT", URL, new byte[0]));
        assertThat(kept.get(0).order()).isEqualTo("c7 /v1/bookings/7");
    }

    @Test
    void a_statement_of_its_own_transaction_is_queued_and_answered_by_a_count() {
        Answer answer = queue(rule(false, null, false), write(true));
        assertThat(answer).isEqualTo(new Answer.UpdateCount("queue", 1));
        assertThat(kept.get(0).order()).isEqualTo("update_booking");
        assertThat(queue(rule(false, null, false), write(false))).isNull();
        assertThat(queue(rule(false, null, false), FakeJdbc.query("select 1"))).isNull();
    }

    @Test
    void a_call_for_review_is_flagged_with_what_is_known_of_it() {
        Answer.Http answer = (Answer.Http) review(FakeHttp.of("POST", URL, new byte[0]), REJECTED);
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.headers()).contains(new Answer.Header("X-Resilience-Fallback", "manual_review"));
        assertThat(new String(answer.body(), UTF_8)).startsWith("{\"status\":\"review\",");
        review(FakeHttp.of("POST", URL, new byte[0]), new Trouble(false, 0, 503, null));
        review(FakeHttp.of("POST", URL, new byte[0]), new Trouble(false, 0, 0, new java.io.IOException("s3cret")));
        assertThat(kept)
                .extracting(QueuedCall::reason)
                .containsExactly(
                        "not made: the circuit rejected it",
                        "made, and answered with status 503",
                        "made, and failed with java.io.IOException: whether it took effect is not known");
    }

    @Test
    void a_write_is_flagged_and_fails_all_the_same() {
        Trouble lost = new Trouble(false, 0, 0, new java.sql.SQLTransientConnectionException("s3cret"));
        assertThat(review(write(true), lost)).isNull();
        assertThat(kept).singleElement().satisfies(call -> {
            assertThat(call.call()).isInstanceOf(QueuedCall.Jdbc.class);
            assertThat(call.reason())
                    .contains("SQLTransientConnectionException")
                    .doesNotContain("s3cret");
        });
        assertThat(review(write(false), lost)).isNull();
        assertThat(review(FakeJdbc.query("select 1"), lost)).isNull();
        assertThat(kept).hasSize(1);
    }

    @Test
    void bytes_give_the_call_back_and_damaged_ones_nothing() {
        queue(rule(true, "{path}", true), FakeHttp.of("PUT", URL, "grüße".getBytes(UTF_8), "A: b"));
        QueuedCall call = kept.get(0).attempted(1, "i", "status 503").flagged(2, "i", "x".repeat(2_000));
        byte[] bytes = call.toBytes();
        assertThat(QueuedCall.read(bytes)).usingRecursiveComparison().isEqualTo(call);
        for (int i = 0; i < bytes.length; i++) {
            QueuedCall.read(java.util.Arrays.copyOf(bytes, i));
            byte[] bad = bytes.clone();
            bad[i] ^= (byte) 0x80;
            QueuedCall.read(bad);
        }
    }

    @Test
    void a_history_does_not_grow_for_ever() {
        queue(rule(true, null, false), FakeHttp.of("PUT", URL, new byte[0]));
        QueuedCall call = kept.get(0);
        for (int i = 0; i < 200; i++) {
            call = call.attempted(i, "i", "status 503");
        }
        assertThat(call.attempts()).isEqualTo(200);
        assertThat(call.history()).hasSize(50);
        assertThat(QueuedCall.read(call.toBytes())).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"a\":{\"b\":1}}", "{query}", "{nothing.x}", "{{path}", "{header.x y}"})
    void braces_that_name_nothing_are_text(String text) {
        String filled = new Template(text).fill(FakeHttp.get("https://h/p"), REJECTED, SETTING, Template.AS_IT_IS);
        assertThat(filled).isEqualTo(text.replace("{path}", "/p"));
    }

    @Test
    void places_are_filled_and_what_is_filled_in_is_made_safe() {
        String body =
                "{\"m\":\"{message}\",\"p\":\"{path}\",\"q\":\"{query.q}\",\"h\":\"{header.X-A}\",\"s\":\"{service}\","
                        + "\"r\":{retry_after},\"a\":\"{header.Authorization}\"}";
        Respond respond =
                new Respond(new Fallback.Respond(200, java.util.Map.of("X-Echo", "{query.q}"), body, null), SETTING);
        Answer.Http answer = (Answer.Http) respond.answer(
                        FakeHttp.get(
                                "https://h/p?q=%22%2C%0D%0ASet-Cookie:%20x%22",
                                "X-A: \"quoted\"", "Authorization: s3cret"),
                        REJECTED)
                .toCompletableFuture()
                .join();
        assertThat(new String(answer.body(), UTF_8))
                .isEqualTo(
                        "{\"m\":\"Soon.\",\"p\":\"/p\",\"q\":\"\\\",\\r\\nSet-Cookie: x\\\"\",\"h\":\"\\\"quoted\\\"\","
                                + "\"s\":\"calcom\",\"r\":5,\"a\":\"\"}");
        assertThat(answer.headers()).allMatch(header -> Headers.wellFormed(header.name(), header.value()));
    }

    private static List<String> headerNames(QueuedCall call) {
        return ((QueuedCall.Http) call.call())
                .headers().stream().map(Answer.Header::name).toList();
    }

    private static FakeJdbc write(boolean autoCommit) {
        return new FakeJdbc("jdbc:h2:mem:a", "insert into t values (?)", "sa", null, List.of(7), false, autoCommit);
    }

    private static Fallback.Queue rule(boolean repeatable, @Nullable String order, boolean keepCredentials) {
        return new Fallback.Queue(
                8,
                repeatable,
                order,
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                Duration.ofHours(24),
                10,
                keepCredentials,
                1);
    }

    private @Nullable Answer queue(Fallback.Queue rule, Request request) {
        return new Queue(new Keeping(), rule, critical, critical, SETTING, () -> 1_700_000_000_000L)
                .answer(request, REJECTED)
                .toCompletableFuture()
                .join();
    }

    private @Nullable Answer review(Request request, Trouble trouble) {
        return new ManualReview(new Keeping(), false, critical, SETTING, () -> 1_700_000_000_000L)
                .answer(request, trouble)
                .toCompletableFuture()
                .join();
    }

    /** Takes what it is given; nothing else is asked of it here. */
    private final class Keeping implements CallStore {

        @Override
        public CompletionStage<Added> add(QueuedCall call, int most) {
            if (room == Added.KEPT || call.reason() != null) {
                kept.add(call);
            }
            return CompletableFuture.completedFuture(call.reason() != null ? Added.KEPT : room);
        }

        @Override
        public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<?> announced(String service, List<String> ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Long> size(Place place, String service) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Long> critical(String service) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Boolean> hasten(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Boolean> requeue(QueuedCall call) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Boolean> remove(Place place, String id) {
            throw new UnsupportedOperationException();
        }
    }
}
