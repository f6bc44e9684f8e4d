package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Added;
import dev.resilience.fallback.CallStore.Held;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.QueuedCall;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every store of calls that were taken in charge must do. */
abstract class CallStoreConformance {

    static final Duration LEASE = Duration.ofSeconds(60);

    private static int number;

    abstract CallStore store();

    /** Lets time pass for the store. */
    abstract void pass(Duration time);

    @Test
    void a_call_is_kept_whole_until_it_is_done() {
        QueuedCall call = call("calcom", null);
        assertThat(done(store().add(call, 10))).isEqualTo(Added.KEPT);
        Held held = one("calcom");
        assertThat(held.call()).usingRecursiveComparison().isEqualTo(call);
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isEqualTo(1);
        assertThat(done(store().settle(held, new CallStore.Done()))).isTrue();
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isZero();
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
    }

    @Test
    void a_statement_is_kept_with_its_parameters() {
        QueuedCall http = call("database", null);
        QueuedCall call = new QueuedCall(
                http.id(),
                "database",
                "orders",
                new QueuedCall.Jdbc(
                        "jdbc:h2:mem:a", "sa", null, "insert into t values (?, ?)", Arrays.asList(7L, null)),
                http.terms(),
                null,
                http.acceptedAt(),
                http.expiresAt(),
                "key",
                null,
                null,
                0,
                List.of());
        done(store().add(call, 10));
        assertThat(one("database").call()).isEqualTo(call);
    }

    @Test
    void adding_again_changes_nothing() {
        QueuedCall call = call("calcom", null);
        done(store().add(call, 10));
        done(store().add(call, 10));
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isEqualTo(1);
        Held held = one("calcom");
        done(store().settle(held, new CallStore.Done()));
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
    }

    @Test
    void what_is_held_is_held_by_one() {
        List<QueuedCall> calls = addAll(5, null);
        List<Held> first = done(store().hold("calcom", 3, LEASE));
        assertThat(first).extracting(held -> held.call().id()).containsExactlyElementsOf(ids(calls.subList(0, 3)));
        assertThat(done(store().hold("calcom", 10, LEASE)))
                .extracting(held -> held.call().id())
                .containsExactlyElementsOf(ids(calls.subList(3, 5)));
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
    }

    @Test
    void a_hold_ends_by_itself_and_the_late_holder_is_refused() {
        done(store().add(call("calcom", null), 10));
        Held late = one("calcom");
        pass(LEASE.plusSeconds(1));
        assertThat(late.again()).isFalse();
        assertThat(store().repeats("calcom")).isZero();
        Held next = one("calcom");
        assertThat(next.call().id()).isEqualTo(late.call().id());
        assertThat(next.again()).as("whether it was made is not known").isTrue();
        assertThat(store().repeats("calcom")).isEqualTo(1);
        assertThat(done(store().settle(late, new CallStore.Done()))).isFalse();
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isEqualTo(1);
        assertThat(done(store().settle(next, new CallStore.Done()))).isTrue();
    }

    @Test
    void what_failed_waits_and_comes_again_with_its_history() {
        done(store().add(call("calcom", null), 10));
        Held held = one("calcom");
        QueuedCall tried = held.call().attempted(5_000, "booking-1", "status 503");
        done(store().settle(held, new CallStore.Again(tried, Duration.ofSeconds(20))));
        pass(Duration.ofSeconds(15));
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
        pass(Duration.ofSeconds(6));
        Held again = one("calcom");
        assertThat(again.again()).isFalse();
        assertThat(again.call().attempts()).isEqualTo(1);
        assertThat(again.call().history()).containsExactly(new QueuedCall.Event(5_000, "booking-1", "status 503"));
    }

    @Test
    void what_was_given_back_counts_no_attempt() {
        done(store().add(call("calcom", null), 10));
        Held held = one("calcom");
        done(store().settle(held, new CallStore.Back(Duration.ofSeconds(1))));
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
        pass(Duration.ofSeconds(2));
        assertThat(one("calcom").call().attempts()).isZero();
    }

    @Test
    void when_full_no_more_are_taken() {
        addAll(3, null);
        assertThat(done(store().add(call("calcom", null), 3))).isEqualTo(Added.FULL);
        assertThat(done(store().add(call("retell", null), 3))).isEqualTo(Added.KEPT);
        Held held = done(store().hold("calcom", 1, LEASE)).get(0);
        done(store().settle(held, new CallStore.Done()));
        assertThat(done(store().add(call("calcom", null), 3))).isEqualTo(Added.KEPT);
    }

    @Test
    void calls_of_one_order_are_made_one_after_the_other() {
        QueuedCall a1 = add("a");
        QueuedCall b1 = add("b");
        QueuedCall a2 = add("a");
        QueuedCall free = add(null);
        List<Held> first = done(store().hold("calcom", 10, LEASE));
        assertThat(first)
                .extracting(held -> held.call().id())
                .containsExactlyInAnyOrderElementsOf(ids(List.of(a1, b1, free)));
        Held heldA = first.stream()
                .filter(held -> held.call().id().equals(a1.id()))
                .findFirst()
                .orElseThrow();
        QueuedCall tried = heldA.call().attempted(1, "i", "status 503");
        done(store().settle(heldA, new CallStore.Again(tried, Duration.ofSeconds(30))));
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
        pass(Duration.ofSeconds(31));
        Held again = one("calcom");
        assertThat(again.call().id()).isEqualTo(a1.id());
        done(store().settle(again, new CallStore.Done()));
        assertThat(one("calcom").call().id()).isEqualTo(a2.id());
    }

    @Test
    void a_poisoned_call_lets_the_next_of_its_order_pass() {
        QueuedCall first = add("a");
        QueuedCall second = add("a");
        Held held = one("calcom");
        done(store().settle(held, new CallStore.Review(held.call().flagged(9, "i", "refused: status 422"))));
        assertThat(one("calcom").call().id()).isEqualTo(second.id());
        assertThat(done(store().list(Place.REVIEW, "calcom", 0, 10)))
                .extracting(QueuedCall::id)
                .containsExactly(first.id());
    }

    @Test
    void what_is_for_review_is_listed_found_requeued_and_removed() {
        QueuedCall call = call("calcom", null).flagged(1, "booking-1", "not made");
        done(store().add(call, 10));
        assertThat(done(store().size(Place.REVIEW, "calcom"))).isEqualTo(1);
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isZero();
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
        QueuedCall found = done(store().find(Place.REVIEW, call.id()));
        assertThat(found).usingRecursiveComparison().isEqualTo(call);
        assertThat(done(store().find(Place.QUEUE, call.id()))).isNull();
        assertThat(done(store().requeue(found.requeued(2, "ann", 99)))).isTrue();
        assertThat(done(store().requeue(found.requeued(2, "ann", 99)))).isFalse();
        Held held = one("calcom");
        assertThat(held.call().reason()).isNull();
        assertThat(held.call().expiresAt()).isEqualTo(99);
        assertThat(done(store().remove(Place.REVIEW, call.id()))).isFalse();
        assertThat(done(store().remove(Place.QUEUE, call.id()))).isTrue();
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isZero();
    }

    @Test
    void people_are_told_of_a_call_for_review_by_somebody_until_somebody_has() {
        QueuedCall review = call("calcom", null).flagged(1, "booking-1", "not made");
        done(store().add(review, 10));
        add(null);
        Held poisoned = one("calcom");
        QueuedCall refused = poisoned.call().flagged(9, "i", "refused: status 422");
        done(store().settle(poisoned, new CallStore.Review(refused)));
        assertThat(done(store().unannounced("calcom", 10, LEASE)))
                .as("first it is for the instance where they arrived")
                .isEmpty();
        pass(Duration.ofMinutes(3));
        assertThat(done(store().unannounced("calcom", 10, LEASE)))
                .extracting(QueuedCall::id)
                .containsExactlyInAnyOrder(review.id(), refused.id());
        assertThat(done(store().unannounced("calcom", 10, LEASE)))
                .as("one tells at a time")
                .isEmpty();
        done(store().announced("calcom", List.of(review.id())));
        pass(LEASE.plusSeconds(1));
        assertThat(done(store().unannounced("calcom", 10, LEASE)))
                .extracting(QueuedCall::id)
                .containsExactly(refused.id());
        assertThat(done(store().requeue(refused.requeued(10, "ann", 1_800_000_000_000L))))
                .isTrue();
        pass(LEASE.plusSeconds(1));
        assertThat(done(store().unannounced("calcom", 10, LEASE))).isEmpty();
    }

    @Test
    void critical_calls_for_review_are_listed_first() {
        QueuedCall usual = call("calcom", null).flagged(1, "i", "why");
        QueuedCall critical = critical(call("calcom", null).flagged(1, "i", "why"));
        QueuedCall late = critical(add(null));
        done(store().add(usual, 10));
        done(store().add(critical, 10));
        Held held = one("calcom");
        done(store().settle(
                        new Held(critical(held.call()), held.token()),
                        new CallStore.Review(late.flagged(9, "i", "poison"))));
        assertThat(ids(done(store().list(Place.REVIEW, "calcom", 0, 10))))
                .containsExactly(critical.id(), late.id(), usual.id());
        assertThat(done(store().critical("calcom"))).isEqualTo(2);
        assertThat(done(store().critical("retell"))).isZero();
    }

    /** As its rule would have made it. */
    private static QueuedCall critical(QueuedCall call) {
        byte[] bytes = call.toBytes();
        byte[] flagged = Arrays.copyOf(bytes, bytes.length + 1);
        flagged[bytes.length] = 1;
        QueuedCall read = QueuedCall.read(flagged);
        assertThat(read).isNotNull();
        assertThat(read.critical()).isTrue();
        return read;
    }

    @Test
    void lists_have_pages_in_the_order_of_acceptance() {
        List<QueuedCall> calls = addAll(7, null);
        assertThat(ids(done(store().list(Place.QUEUE, "calcom", 2, 3)))).isEqualTo(ids(calls.subList(2, 5)));
        assertThat(ids(done(store().list(Place.QUEUE, "calcom", 6, 3)))).isEqualTo(ids(calls.subList(6, 7)));
        assertThat(done(store().list(Place.QUEUE, "retell", 0, 3))).isEmpty();
    }

    @Test
    void services_with_calls_are_known_by_name() {
        done(store().add(call("calcom", null), 10));
        done(store().add(call("retell", null), 10));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(done(store().named())).contains("calcom", "retell"));
    }

    @Test
    void what_waits_goes_to_a_person_when_its_time_is_over_unless_somebody_holds_it() {
        List<QueuedCall> line = addAll(3, "ann");
        QueuedCall first = line.get(0);
        Held held = one("calcom");
        assertThat(done(store().expire(first.flagged(2, "b", "expired")))).isFalse();
        done(store().settle(held, new CallStore.Back(Duration.ofHours(1))));
        assertThat(done(store().expire(first.flagged(2, "b", "expired")))).isTrue();
        assertThat(done(store().expire(first.flagged(2, "b", "expired")))).isFalse();

        assertThat(done(store().list(Place.REVIEW, "calcom", 0, 10)))
                .extracting(QueuedCall::reason)
                .containsExactly("expired");
        assertThat(one("calcom").call().id())
                .as("the next of its line")
                .isEqualTo(line.get(1).id());
        pass(LEASE.plusSeconds(1));
        assertThat(done(store().expire(line.get(1).flagged(3, "b", "expired"))))
                .as("its hold has ended")
                .isTrue();
        assertThat(done(store().size(Place.QUEUE, "calcom"))).isEqualTo(1);
    }

    @Test
    void a_waiting_call_can_be_made_due() {
        QueuedCall call = add(null);
        Held held = one("calcom");
        done(store().settle(held, new CallStore.Again(held.call(), Duration.ofHours(1))));
        assertThat(done(store().hold("calcom", 10, LEASE))).isEmpty();
        assertThat(done(store().hasten(call.id()))).isTrue();
        assertThat(one("calcom").call().id()).isEqualTo(call.id());
        assertThat(done(store().hasten("calcom.none"))).isFalse();
    }

    Held one(String service) {
        List<Held> held = done(store().hold(service, 10, LEASE));
        assertThat(held).hasSize(1);
        return held.get(0);
    }

    List<QueuedCall> addAll(int count, @Nullable String order) {
        List<QueuedCall> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            calls.add(add(order));
        }
        return calls;
    }

    QueuedCall add(@Nullable String order) {
        QueuedCall call = call("calcom", order);
        assertThat(done(store().add(call, 1_000))).isEqualTo(Added.KEPT);
        return call;
    }

    static List<String> ids(List<QueuedCall> calls) {
        return calls.stream().map(QueuedCall::id).toList();
    }

    static synchronized QueuedCall call(String service, @Nullable String order) {
        number++;
        return new QueuedCall(
                service + "." + String.format("%09d", number) + "-x",
                service,
                "create_booking",
                new QueuedCall.Http(
                        "POST",
                        URI.create("https://api.cal.com/v1/bookings?n=" + number),
                        List.of(new Answer.Header("Content-Type", "application/json")),
                        "{\"name\":\"Grüße\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                new QueuedCall.Terms(3, 1_000, 60_000),
                order,
                1_700_000_000_000L,
                1_800_000_000_000L,
                "key-" + number,
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                null,
                0,
                List.of());
    }

    static <T extends @Nullable Object> T done(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
