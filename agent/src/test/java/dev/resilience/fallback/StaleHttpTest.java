package dev.resilience.fallback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StaleHttpTest {

    private static final String URL = "https://api.cal.com/v1/availability/7?from=today";
    private static final Trouble REJECTED = new Trouble(true, 12_001, 0, null);

    private final FakeAnswers store = new FakeAnswers();
    private long nanos;
    private final AnswerKeys keys = AnswerKeys.of(Configs.with("redis://:hunter2@cache:6379"));
    private final StaleCache cache = cache(keys);

    private StaleCache cache(AnswerKeys keys) {
        return new StaleCache(store, keys, "calcom", "availability", Duration.ofSeconds(300), Set.of());
    }

    @Test
    void the_last_good_answer_comes_back_whole_and_marked() {
        keep(FakeHttp.get(URL), "old", "Content-Type: text/plain");
        keep(FakeHttp.get(URL), "grüße", "Content-Type: text/plain", "ETag: \"x\"", "Link: <a>", "Link: <b>");
        store.nowMillis += 61_500;

        Answer.Http answer = answer(FakeHttp.get(URL));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(new String(answer.body(), UTF_8)).isEqualTo("grüße");
        assertThat(answer.strategy()).isEqualTo("stale_cache");
        assertThat(answer.headers())
                .containsExactlyInAnyOrderElementsOf(FakeHttp.headers(
                        "Content-Type: text/plain",
                        "ETag: \"x\"",
                        "Link: <a>",
                        "Link: <b>",
                        "Content-Length: 7",
                        "Age: 61",
                        "X-Resilience-Fallback: stale_cache",
                        "X-Resilience-Service: calcom",
                        "Retry-After: 13"));
    }

    @Test
    void a_signed_request_is_told_from_others_by_its_access_key_and_session_alone() {
        keep(signed("AKIDONE", "20251017", "aaaa"), "one's");
        assertThat(answer(signed("AKIDONE", "20251018", "bbbb"))).isNotNull();
        assertThat(answer(signed("AKIDTWO", "20251017", "aaaa"))).isNull();
        assertThat(answer(signed("AKIDONE", "20251017", "aaaa", "X-Amz-Security-Token: t")))
                .isNull();
        assertThat(answer(FakeHttp.get(URL))).isNull();
    }

    private static FakeHttp signed(String key, String date, String signature, String... more) {
        List<String> headers = new ArrayList<>(List.of(more));
        headers.add("X-Amz-Date: " + date + "T000000Z");
        headers.add("Authorization: AWS4-HMAC-SHA256 Credential=" + key + "/" + date
                + "/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + signature);
        return FakeHttp.get(URL, headers.toArray(new String[0]));
    }

    @Test
    void an_answer_older_than_ttl_is_none() {
        keep(FakeHttp.get(URL), "x");
        store.nowMillis += 300_000;
        assertThat(answer(FakeHttp.get(URL))).isNotNull();
        store.nowMillis += 1;
        assertThat(answer(FakeHttp.get(URL))).isNull();
    }

    @Test
    void an_unknown_time_of_recovery_is_not_made_up() {
        keep(FakeHttp.get(URL), "x");
        Answer answer = cache.answer(FakeHttp.get(URL), new Trouble(false, 0, 500, null))
                .toCompletableFuture()
                .join();
        assertThat(((Answer.Http) answer).headers()).noneMatch(h -> h.name().equals("Retry-After"));
    }

    @Test
    void a_body_that_arrives_in_pieces_of_both_kinds_is_kept_as_it_was() {
        BodyRecorder recorder = begin(FakeHttp.get(URL), 200, List.of());
        ByteBuffer piece = ByteBuffer.wrap("-a-".getBytes(UTF_8)).position(1).limit(2);
        recorder.write(piece);
        assertThat(piece.remaining()).isEqualTo(1);
        recorder.write(
                ByteBuffer.allocateDirect(3).put(new byte[] {'b', 'c', 'd'}).flip());
        recorder.write("-efg-".getBytes(UTF_8), 1, 3);
        recorder.complete();
        assertThat(new String(answer(FakeHttp.get(URL)).body(), UTF_8)).isEqualTo("abcdefg");
    }

    @Test
    void an_answer_names_the_address_that_the_call_was_led_to_whenever_that_was_known() {
        URI last = URI.create("https://eu.cal.com/availability/7");
        for (int known = 0; known < 3; known++) {
            BodyRecorder recorder = begin(FakeHttp.get(URL), 200, FakeHttp.headers("ETag: \"x\""));
            for (int piece = 0; piece < 3; piece++) {
                if (piece == known) {
                    recorder.ledTo(last);
                }
                recorder.write("abc".getBytes(UTF_8), piece, 1);
            }
            recorder.complete();

            Answer.Http answer = answer(FakeHttp.get(URL));
            assertThat(answer.address()).isEqualTo(last);
            assertThat(new String(answer.body(), UTF_8)).isEqualTo("abc");
            assertThat(answer.headers())
                    .containsExactlyInAnyOrderElementsOf(FakeHttp.headers(
                            "ETag: \"x\"",
                            "Content-Length: 3",
                            "Age: 0",
                            "X-Resilience-Fallback: stale_cache",
                            "X-Resilience-Service: calcom",
                            "Retry-After: 13"));
        }
    }

    @Test
    void an_answer_from_the_address_that_was_asked_names_none() {
        BodyRecorder recorder =
                begin(FakeHttp.get(URL), 200, FakeHttp.headers("X-Resilience-Address: https://evil.com/"));
        recorder.ledTo(URI.create(URL));
        recorder.complete();

        assertThat(answer(FakeHttp.get(URL)).address()).isNull();
    }

    @Test
    void a_body_read_half_is_not_kept() {
        BodyRecorder recorder = begin(FakeHttp.get(URL), 200, List.of());
        recorder.write(new byte[10], 0, 10);
        assertThat(store.kept).isEmpty();
        recorder.abandon();
        recorder.complete();
        assertThat(store.kept).isEmpty();
    }

    @Test
    void a_body_over_a_megabyte_is_not_kept() {
        assertThat(begin(FakeHttp.get(URL), 200, FakeHttp.headers("Content-Length: 1048577")))
                .isNull();
        BodyRecorder recorder = begin(FakeHttp.get(URL), 200, List.of());
        recorder.write(new byte[1 << 20], 0, 1 << 20);
        recorder.write(new byte[1], 0, 1);
        recorder.complete();
        assertThat(store.kept).isEmpty();
        BodyRecorder fits = begin(FakeHttp.get(URL), 200, List.of());
        fits.write(new byte[1 << 20], 0, 1 << 20);
        fits.complete();
        assertThat(answer(FakeHttp.get(URL)).body()).hasSize(1 << 20);
    }

    @Test
    void a_body_of_announced_length_is_copied_once() {
        BodyRecorder recorder = begin(FakeHttp.get(URL), 200, FakeHttp.headers("Content-Length: 5000"));
        recorder.write(new byte[5_000], 0, 5_000);
        recorder.complete();
        assertThat(answer(FakeHttp.get(URL)).body()).hasSize(5_000);
        assertThat(answer(FakeHttp.get(URL)).headers())
                .filteredOn(h -> h.name().equalsIgnoreCase("Content-Length"))
                .containsExactly(new Answer.Header("Content-Length", "5000"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
    void only_get_and_head_are_kept(String method) {
        assertThat(begin(FakeHttp.of(method, URL, new byte[0]), 200, List.of())).isNull();
        keep(FakeHttp.get(URL), "x");
        assertThat(answer(FakeHttp.of(method, URL, new byte[0]))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Org-Id", "X-Email", "X-Uid", "X-Roles", "X-Amzn-Oidc-Data", "X-Locale", "Prefer"})
    void whatever_may_say_who_asks_or_for_what_tells_apart(String name) {
        keep(FakeHttp.get(URL, name + ": one"), "of one");
        assertThat(answer(FakeHttp.get(URL, name + ": one"))).isNotNull();
        assertThat(answer(FakeHttp.get(URL, name + ": two"))).isNull();
        assertThat(answer(FakeHttp.get(URL))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Request-Id",
                "traceparent",
                "X-B3-SpanId",
                "X-Correlation-Id",
                "X-Amzn-Trace-Id",
                "User-Agent",
                "Date"
            })
    void what_differs_with_each_request_does_not(String name) {
        keep(FakeHttp.get(URL, name + ": one"), "of all");
        assertThat(answer(FakeHttp.get(URL, name + ": two"))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {206, 301, 302, 304, 404, 500, 503})
    void only_whole_good_answers_are_kept(int status) {
        assertThat(begin(FakeHttp.get(URL), status, List.of())).isNull();
    }

    @Test
    void a_part_is_neither_kept_nor_answered() {
        assertThat(begin(FakeHttp.get(URL, "Range: bytes=0-9"), 200, List.of())).isNull();
        keep(FakeHttp.get(URL), "x");
        assertThat(answer(FakeHttp.get(URL, "Range: bytes=0-9"))).isNull();
    }

    @Test
    void no_content_is_answered_without_a_length() {
        begin(FakeHttp.get(URL), 204, FakeHttp.headers("ETag: \"x\"")).complete();
        Answer.Http answer = answer(FakeHttp.get(URL));
        assertThat(answer.status()).isEqualTo(204);
        assertThat(Headers.values(answer.headers(), "Content-Length")).isEmpty();
        assertThat(Headers.values(answer.headers(), "ETag")).containsExactly("\"x\"");
    }

    @Test
    void head_is_answered_by_a_head_with_the_length_of_what_it_did_not_bring() {
        BodyRecorder recorder =
                begin(FakeHttp.of("HEAD", URL, new byte[0]), 200, FakeHttp.headers("Content-Length: 999999999"));
        recorder.complete();
        Answer.Http answer = answer(FakeHttp.of("HEAD", URL, new byte[0]));
        assertThat(answer.body()).isEmpty();
        assertThat(answer.headers()).contains(new Answer.Header("Content-Length", "999999999"));
        assertThat(answer(FakeHttp.get(URL))).isNull();
    }

    @Test
    void a_get_with_a_body_is_a_question_of_its_own() {
        keep(FakeHttp.of("GET", URL, "{\"query\":1}".getBytes(UTF_8)), "one");
        assertThat(answer(FakeHttp.of("GET", URL, "{\"query\":2}".getBytes(UTF_8))))
                .isNull();
        assertThat(answer(FakeHttp.of("GET", URL, "{\"query\":1}".getBytes(UTF_8))))
                .isNotNull();
        assertThat(begin(FakeHttp.of("GET", URL, null), 200, List.of())).isNull();
        assertThat(answer(FakeHttp.of("GET", URL, null))).isNull();
    }

    @Test
    void headers_of_the_connection_are_not_kept() {
        keep(
                FakeHttp.get(URL),
                "x",
                "Connection: keep-alive, X-Hop",
                "Keep-Alive: timeout=5",
                "Transfer-Encoding: chunked",
                "X-Hop: 1",
                "Content-Encoding: gzip",
                "X-Stays: 1");
        assertThat(answer(FakeHttp.get(URL)).headers())
                .extracting(Answer.Header::name)
                .contains("X-Stays", "Content-Encoding", "Content-Length")
                .doesNotContain("Connection", "Keep-Alive", "Transfer-Encoding", "X-Hop");
    }

    @Test
    void an_answer_that_was_old_on_arrival_is_as_much_older() {
        keep(FakeHttp.get(URL), "x", "Age: 40");
        store.nowMillis += 2_000;
        assertThat(answer(FakeHttp.get(URL)).headers())
                .filteredOn(h -> h.name().equals("Age"))
                .containsExactly(new Answer.Header("Age", "42"));
    }

    @Test
    void a_fallback_from_up_the_line_is_no_good_answer() {
        assertThat(begin(FakeHttp.get(URL), 200, FakeHttp.headers("X-Resilience-Fallback: respond")))
                .isNull();
    }

    // What its origin says of caching.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no-store",
                "No-Store",
                "max-age=60, no-store",
                "private",
                "private=\"X-User\"",
                "max-age=60,private",
                "no-cache",
                "no-cache=\"Set-Cookie\"",
                "must-revalidate",
                "max-age=0, must-revalidate",
                "s-maxage=0",
                "stale-if-error=0",
                "stale-if-error=what"
            })
    void what_the_origin_forbids_is_not_kept(String control) {
        assertThat(begin(FakeHttp.get(URL), 200, FakeHttp.headers("Cache-Control: " + control)))
                .isNull();
    }

    @Test
    void directives_may_be_spread_over_lines() {
        assertThat(begin(
                        FakeHttp.get(URL),
                        200,
                        FakeHttp.headers("Cache-Control: max-age=5", "Cache-Control: no-store")))
                .isNull();
    }

    @Test
    void a_quoted_argument_is_no_directive() {
        assertThat(begin(
                        FakeHttp.get(URL),
                        200,
                        FakeHttp.headers("Cache-Control: community=\"a, no-store\", max-age=5")))
                .isNotNull();
    }

    @Test
    void a_request_that_forbids_storing_is_heeded() {
        assertThat(begin(FakeHttp.get(URL, "Cache-Control: no-store"), 200, List.of()))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max-age=10                              | 300",
                "max-age=0                               | 300",
                "public                                  | 300",
                "max-age=10, must-revalidate             | 10",
                "max-age=10, proxy-revalidate            | 10",
                "s-maxage=20, max-age=1                  | 20",
                "max-age=10, stale-if-error=50           | 60",
                "s-maxage=10, stale-if-error=50          | 60",
                "max-age=10, stale-if-error=5000         | 300",
                "max-age=10, stale-if-error=50, must-revalidate | 10",
            })
    void the_origin_may_shorten_the_time_of_the_rule(String control, int seconds) {
        keep(FakeHttp.get(URL), "x", "Cache-Control: " + control);
        store.nowMillis += seconds * 1_000L;
        assertThat(answer(FakeHttp.get(URL))).isNotNull();
        store.nowMillis += 1_000;
        assertThat(answer(FakeHttp.get(URL))).isNull();
    }

    @Test
    void expiry_is_told_by_a_date_where_there_is_no_age() {
        keep(
                FakeHttp.get(URL),
                "x",
                "Cache-Control: must-revalidate",
                "Date: Tue, 21 Oct 2025 10:00:00 GMT",
                "Expires: Tue, 21 Oct 2025 10:00:30 GMT");
        store.nowMillis += 30_000;
        assertThat(answer(FakeHttp.get(URL))).isNotNull();
        store.nowMillis += 1_000;
        assertThat(answer(FakeHttp.get(URL))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cache-Control: no-cache           | false",
                "Pragma: no-cache                  | false",
                "Cache-Control: max-age=59         | false",
                "Cache-Control: max-age=60         | true",
                "Cache-Control: stale-if-error=49  | false",
                "Cache-Control: stale-if-error=50  | true",
                "Cache-Control: max-stale          | true",
                "Cache-Control: max-stale=49       | false",
                "Cache-Control: max-stale=50       | true",
                "Cache-Control: min-fresh=0        | false",
                "Cache-Control: no-store           | false",
                "Cache-Control: only-if-cached     | true",
            })
    void a_request_may_refuse_a_stored_answer(String header, boolean answered) {
        keep(FakeHttp.get(URL), "x", "Cache-Control: max-age=10");
        store.nowMillis += 60_000;
        assertThat(answer(FakeHttp.get(URL, header)) != null).isEqualTo(answered);
    }

    @Test
    void variants_are_told_apart() {
        keep(FakeHttp.get(URL, "X-Region: eu", "Accept: text/html"), "eu", "Vary: Accept, X-Region");
        keep(FakeHttp.get(URL, "X-Region: us", "Accept: text/html"), "us", "Vary: Accept, X-Region");
        assertThat(text(FakeHttp.get(URL, "x-region: eu", "Accept: text/html"))).isEqualTo("eu");
        assertThat(text(FakeHttp.get(URL, "X-Region: us", "Accept: text/html"))).isEqualTo("us");
        assertThat(text(FakeHttp.get(URL, "X-Region: ap", "Accept: text/html"))).isNull();
        assertThat(text(FakeHttp.get(URL, "X-Region: eu", "Accept: application/json")))
                .isNull();
        assertThat(text(FakeHttp.get(URL, "Accept: text/html"))).isNull();
    }

    @Test
    void what_differs_by_everything_is_not_kept() {
        assertThat(begin(FakeHttp.get(URL), 200, FakeHttp.headers("Vary: Accept, *")))
                .isNull();
    }

    // What was kept and is outdated.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | Cache-Control: no-store",
                "200 | Cache-Control: private, max-age=60",
                "204 | Cache-Control: no-cache",
                "200 | Cache-Control: max-age=0, must-revalidate",
                "200 | Vary: *",
                "200 | Content-Length: 1048577",
                "401 | X-Any: 1",
                "403 | X-Any: 1",
                "404 | X-Any: 1",
                "410 | X-Any: 1",
                "451 | X-Any: 1",
            })
    void what_its_origin_gives_no_more_or_not_to_be_kept_ends_what_was_kept_before(int status, String header) {
        keep(FakeHttp.get(URL), "v1");
        keep(FakeHttp.get(URL, "Authorization: Bearer ann"), "ann's");
        assertThat(begin(FakeHttp.get(URL), status, FakeHttp.headers(header))).isNull();
        assertThat(text(FakeHttp.get(URL))).isNull();
        assertThat(text(FakeHttp.get(URL, "Authorization: Bearer ann"))).isEqualTo("ann's");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "206 | X-Any: 1",
                "302 | X-Any: 1",
                "304 | X-Any: 1",
                "400 | X-Any: 1",
                "408 | X-Any: 1",
                "429 | X-Any: 1",
                "500 | Cache-Control: no-store",
                "503 | Cache-Control: private",
                "200 | Set-Cookie: session=ann",
                "200 | X-Resilience-Fallback: respond",
            })
    void what_says_nothing_of_it_leaves_what_was_kept_before(int status, String header) {
        keep(FakeHttp.get(URL), "v1");
        assertThat(begin(FakeHttp.get(URL), status, FakeHttp.headers(header))).isNull();
        assertThat(text(FakeHttp.get(URL))).isEqualTo("v1");
    }

    @Test
    void who_asks_that_nothing_is_stored_leaves_what_was_kept_before() {
        keep(FakeHttp.get(URL), "v1");
        assertThat(begin(FakeHttp.get(URL, "Cache-Control: no-store"), 200, List.of()))
                .isNull();
        assertThat(text(FakeHttp.get(URL))).isEqualTo("v1");
    }

    @Test
    void a_body_that_proves_too_large_ends_what_was_kept_before_and_one_read_half_does_not() {
        keep(FakeHttp.get(URL), "v1");
        BodyRecorder half = begin(FakeHttp.get(URL), 200, List.of());
        half.write(new byte[(1 << 20) + 1], 0, (1 << 20) + 1);
        half.abandon();
        assertThat(text(FakeHttp.get(URL))).isEqualTo("v1");
        BodyRecorder whole = begin(FakeHttp.get(URL), 200, List.of());
        whole.write(new byte[(1 << 20) + 1], 0, (1 << 20) + 1);
        whole.complete();
        assertThat(text(FakeHttp.get(URL))).isNull();
    }

    @Test
    void a_variant_that_is_gone_does_not_come_back_with_another() {
        keep(FakeHttp.get(URL, "X-Region: eu"), "eu", "Vary: X-Region");
        begin(FakeHttp.get(URL, "X-Region: eu"), 404, FakeHttp.headers("Vary: X-Region"));
        keep(FakeHttp.get(URL, "X-Region: us"), "us", "Vary: X-Region");
        assertThat(text(FakeHttp.get(URL, "X-Region: eu"))).isNull();
        assertThat(text(FakeHttp.get(URL, "X-Region: us"))).isEqualTo("us");
    }

    @Test
    void an_address_that_has_changed_has_no_kept_answer_for_anybody() {
        List<FakeHttp> askers = List.of(
                FakeHttp.get(URL),
                FakeHttp.get(URL, "Authorization: Bearer ann", "Accept-Language: de"),
                FakeHttp.of("HEAD", URL, new byte[0]),
                FakeHttp.get(URL, "X-Region: eu"));
        for (FakeHttp asker : askers) {
            keep(asker, asker.method().equals("HEAD") ? "" : "v1", "Vary: X-Region");
        }
        keep(FakeHttp.get(URL + "&page=2"), "another's");
        cache.forget(URI.create(URL.replace("api.cal.com", "API.cal.com:443")), ++nanos);
        assertThat(askers).allSatisfy(asker -> assertThat(answer(asker)).isNull());
        assertThat(text(FakeHttp.get(URL + "&page=2"))).isEqualTo("another's");
    }

    @Test
    void a_body_that_was_being_read_when_its_address_changed_is_not_kept() {
        BodyRecorder begun = begin(FakeHttp.get(URL), 200, List.of());
        cache.forget(URI.create(URL), ++nanos);
        begun.complete();
        assertThat(answer(FakeHttp.get(URL))).isNull();
        keep(FakeHttp.get(URL), "v2");
        assertThat(text(FakeHttp.get(URL))).isEqualTo("v2");
    }

    // Leaks: each a way by which one user could get another's answer, or a secret could get out.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Bearer ",
                "authorization: Basic ",
                "Cookie: session=",
                "Proxy-Authorization: Basic ",
                "X-Api-Key: ",
                "X-Auth-Token: ",
                "X-User-Id: ",
                "X-Tenant: ",
                "X-Forwarded-User: ",
                "X-Amz-Security-Token: ",
            })
    void who_asks_is_part_of_the_question(String header) {
        keep(FakeHttp.get(URL, header + "alice"), "alice's", "Cache-Control: public, max-age=60");
        assertThat(text(FakeHttp.get(URL, header + "alice"))).isEqualTo("alice's");
        assertThat(text(FakeHttp.get(URL, header + "bob"))).isNull();
        assertThat(text(FakeHttp.get(URL))).isNull();
    }

    @Test
    void an_anonymous_answer_is_not_given_to_who_says_who_asks() {
        keep(FakeHttp.get(URL), "everybody's");
        assertThat(text(FakeHttp.get(URL, "Authorization: Bearer alice"))).isNull();
    }

    @Test
    void one_users_value_in_anothers_header_is_another_question() {
        keep(FakeHttp.get(URL, "X-User-Id: a", "X-Tenant-Id: b"), "ab");
        assertThat(text(FakeHttp.get(URL, "X-User-Id: b", "X-Tenant-Id: a"))).isNull();
        assertThat(text(FakeHttp.get(URL, "X-User-Id: ab", "X-Tenant-Id: "))).isNull();
        assertThat(text(FakeHttp.get(URL, "X-Tenant-Id: b", "x-user-id: a"))).isEqualTo("ab");
    }

    @Test
    void credentials_in_the_address_are_part_of_the_question() {
        keep(FakeHttp.get("https://alice:pw@api.cal.com/me"), "alice's");
        assertThat(text(FakeHttp.get("https://bob:pw@api.cal.com/me"))).isNull();
        assertThat(text(FakeHttp.get("https://api.cal.com/me"))).isNull();
    }

    @Test
    void an_answer_that_makes_its_reader_somebody_is_nobody_elses() {
        assertThat(begin(FakeHttp.get(URL), 200, FakeHttp.headers("Set-Cookie: session=alice")))
                .isNull();
        keep(FakeHttp.get(URL, "Authorization: Bearer a"), "x", "Set-Cookie: session=alice");
        keep(FakeHttp.get(URL), "public", "Cache-Control: public", "Set-Cookie: lb=7");
        assertThat(answer(FakeHttp.get(URL, "Authorization: Bearer a")).headers())
                .noneMatch(header -> header.name().equalsIgnoreCase("Set-Cookie"));
        assertThat(answer(FakeHttp.get(URL)).headers())
                .noneMatch(header -> header.name().equalsIgnoreCase("Set-Cookie"));
    }

    @Test
    void another_query_host_scheme_or_case_of_path_is_another_question() {
        keep(FakeHttp.get("https://api.cal.com/users/7?a=1"), "x");
        for (String other : List.of(
                "https://api.cal.com/users/7?a=2",
                "https://api.cal.com/users/7",
                "https://api.cal.com/Users/7?a=1",
                "http://api.cal.com/users/7?a=1",
                "https://api.cal.com:8443/users/7?a=1",
                "https://eu.cal.com/users/7?a=1")) {
            assertThat(text(FakeHttp.get(other))).as(other).isNull();
        }
    }

    @Test
    void no_secret_is_in_a_key_nor_can_it_be_guessed_without_the_fleets() {
        FakeHttp request = FakeHttp.get(URL + "&token=s3cret", "Authorization: Basic YWxpY2U6cHc=", "Cookie: c00kie");
        keep(request, "x");
        String key = store.kept.keySet().iterator().next();
        assertThat(key).doesNotContain("s3cret", "YWxpY2U6cHc", "c00kie", "cal.com", "hunter2");
        assertThat(new String(store.kept.get(key).bytes(), UTF_8)).doesNotContain("YWxpY2U6cHc", "c00kie");
        AnswerKeys others = AnswerKeys.of(Configs.with("redis://:other@cache:6379"));
        assertThat(others.http(request)).isNotEqualTo(keys.http(request));
        assertThat(keys.toString()).doesNotContain("hunter2");
    }

    @Test
    void instances_of_a_fleet_share_answers_and_jvms_without_redis_do_not() {
        keep(FakeHttp.get(URL), "x");
        StaleCache sibling = cache(AnswerKeys.of(Configs.with("redis://:hunter2@cache.internal:6379/0")));
        assertThat(sibling.answer(FakeHttp.get(URL), REJECTED)
                        .toCompletableFuture()
                        .join())
                .isNotNull();
        AnswerKeys alone = AnswerKeys.of(Configs.with(null));
        AnswerKeys alsoAlone = AnswerKeys.of(Configs.with(null));
        assertThat(alone.http(FakeHttp.get(URL))).isNotEqualTo(alsoAlone.http(FakeHttp.get(URL)));
    }

    @Test
    void all_answers_to_one_address_can_be_forgotten_by_it_and_no_others() {
        FakeHttp ann = FakeHttp.get("https://API.cal.com:443/v1/a?day=1", "Authorization: Bearer ann");
        FakeHttp ben = FakeHttp.get("https://u:p@api.cal.com/v1/a?day=1", "Accept-Language: de");
        FakeHttp other = FakeHttp.get("https://api.cal.com/v1/a?day=2");
        keep(ann, "ann", "Vary: X-Zone");
        keep(ben, "ben");
        keep(other, "other");
        store.clear("calcom", "availability", keys.prefix("https://api.cal.com/v1/a?day=1"));
        assertThat(answer(ann)).isNull();
        assertThat(answer(ben)).isNull();
        assertThat(answer(other)).isNotNull();
    }

    @Test
    void hostile_bytes_are_no_answer() {
        FakeHttp request = FakeHttp.get(URL);
        keep(request, "x", "Content-Type: text/plain");
        String key = store.kept.keySet().iterator().next();
        byte[] good = store.kept.get(key).bytes();
        for (int i = 0; i < good.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] bad = good.clone();
                bad[i] ^= (byte) (1 << bit);
                tryBytes(key, request, bad);
            }
            tryBytes(key, request, java.util.Arrays.copyOf(good, i));
        }
    }

    @Test
    void a_stored_header_that_would_split_a_response_is_refused() {
        FakeHttp request = FakeHttp.get(URL);
        keep(request, "x", "X-A: b\r\nSet-Cookie: session=mallory");
        FallbackChain chain = new FallbackChain(List.of(cache));
        assertThat(chain.answer(request, REJECTED, missed -> {})
                        .toCompletableFuture()
                        .join())
                .isNull();
    }

    private void tryBytes(String key, FakeHttp request, byte[] bytes) {
        store.kept.put(key, new FakeAnswers.Kept(bytes, Duration.ofMinutes(5), store.nowMillis));
        Answer answer = new FallbackChain(List.of(cache))
                .answer(request, REJECTED, missed -> {})
                .toCompletableFuture()
                .join();
        if (answer instanceof Answer.Http http) {
            assertThat(http.status()).isBetween(200, 599);
            assertThat(http.headers()).allMatch(h -> Headers.wellFormed(h.name(), h.value()));
        }
    }

    private @Nullable BodyRecorder begin(Request.Http request, int status, List<Answer.Header> headers) {
        return cache.keep(request, ++nanos, status, headers);
    }

    private void keep(FakeHttp request, String body, String... headers) {
        BodyRecorder recorder = begin(request, 200, FakeHttp.headers(headers));
        assertThat(recorder).isNotNull();
        byte[] bytes = body.getBytes(UTF_8);
        recorder.write(bytes, 0, bytes.length);
        recorder.complete();
    }

    private Answer.@Nullable Http answer(FakeHttp request) {
        return (Answer.Http)
                cache.answer(request, REJECTED).toCompletableFuture().join();
    }

    private @Nullable String text(FakeHttp request) {
        Answer.Http answer = answer(request);
        return answer == null ? null : new String(answer.body(), UTF_8);
    }
}
