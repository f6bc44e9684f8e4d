package dev.resilience.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Mode;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.AnswerKeys;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.fallback.FallbackChains;
import dev.resilience.store.Stores;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the origin has changed since is not what it answers in an outage. */
class ChangedAddressesTest {

    private static final String RULES = """
            services:
              calcom:
                endpoints:
                  - name: read
                    http: {method: [GET, HEAD], host: api.cal.com}
                    fallback: [stale_cache]
                  - name: write
                    http: {host: api.cal.com}
              others:
                endpoints:
                  - name: all
                    http: {host: other.example}
                    fallback: [stale_cache]
            """;

    private static final String BOOKING = "https://api.cal.com/v1/bookings/7";
    private static final String BOOKINGS = "https://api.cal.com/v1/bookings";

    private final long failuresBefore = Bridge.failures();

    @TempDir
    Path directory;

    private Stores stores;
    private GuardUnderTest under;

    @BeforeEach
    void start() {
        AgentConfig config = GuardUnderTest.config(RULES);
        stores = Stores.of(null, "one", Thread::new, directory);
        FallbackChains chains = new FallbackChains(
                stores.answers(), AnswerKeys.of(config), stores.calls(directory), System::currentTimeMillis);
        under = new GuardUnderTest(config, chains::of);
    }

    @AfterEach
    void nothing_failed_inside_the_agent() {
        stores.close();
        assertThat(Bridge.failures()).isEqualTo(failuresBefore);
    }

    @ParameterizedTest
    @CsvSource({"PUT, 200", "PATCH, 200", "POST, 200", "DELETE, 204", "POST, 303", "put, 201", "LOCK, 200"})
    void a_call_that_changes_an_address_and_goes_well_ends_what_was_kept_of_it(String method, int status) {
        get(BOOKING, "v1");
        get(BOOKING, "ann's", new Answer.Header("Authorization", "Bearer ann"));
        call(method, BOOKING, status);
        assertThat(inAnOutage(BOOKING)).isNull();
        assertThat(inAnOutage(BOOKING, new Answer.Header("Authorization", "Bearer ann")))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"PUT, 404", "PUT, 409", "POST, 503", "OPTIONS, 200", "PROPFIND, 207"})
    void one_that_does_not_change_it_leaves_what_was_kept(String method, int status) {
        get(BOOKING, "v1");
        call(method, BOOKING, status);
        assertThat(inAnOutage(BOOKING)).isEqualTo("v1");
    }

    @Test
    void one_that_fails_leaves_what_was_kept() {
        get(BOOKING, "v1");
        HttpCall put = under.http("PUT", BOOKING);
        put.admit();
        put.failed(new IOException("reset"));
        assertThat(inAnOutage(BOOKING)).isEqualTo("v1");
    }

    @Test
    void addresses_of_the_same_origin_that_the_response_names_have_changed_too() {
        get(BOOKING, "v1");
        get(BOOKINGS, "all");
        get("https://other.example/v1/bookings/7", "another's");
        call("POST", "https://api.cal.com/v1/moves", 201, "Location", "/v1/bookings/7", "Content-Location", BOOKINGS);
        call("POST", "https://api.cal.com/v1/moves", 201, "Location", "https://other.example/v1/bookings/7");
        call("POST", "https://api.cal.com/v1/moves", 201, "Location", "no address: %%");
        assertThat(inAnOutage(BOOKING)).isNull();
        assertThat(inAnOutage(BOOKINGS)).isNull();
        assertThat(inAnOutage("https://other.example/v1/bookings/7")).isEqualTo("another's");
    }

    @Test
    void what_the_origin_has_no_more_ends_what_was_kept() {
        get(BOOKING, "v1");
        call("GET", BOOKING, 404);
        assertThat(inAnOutage(BOOKING)).isNull();
    }

    @Test
    void what_came_after_the_change_is_kept() {
        get(BOOKING, "v1");
        call("PUT", BOOKING, 200);
        under.time.forward(Duration.ofNanos(1));
        get(BOOKING, "v2");
        assertThat(inAnOutage(BOOKING)).isEqualTo("v2");
    }

    @Test
    void what_began_before_the_change_and_is_answered_after_it_is_not_kept() {
        HttpCall begun = begin(BOOKING);
        HttpCall another = begin(BOOKINGS);
        under.time.forward(Duration.ofSeconds(1));
        call("PUT", BOOKING, 200);
        under.time.forward(Duration.ofSeconds(1));
        answered(begun, "v1");
        answered(another, "all");
        assertThat(inAnOutage(BOOKING)).isNull();
        assertThat(inAnOutage(BOOKINGS)).isEqualTo("all");
    }

    @Test
    void what_was_made_from_the_queue_has_changed_its_address() {
        get(BOOKING, "v1");
        under.guard.changed(URI.create(BOOKING));
        assertThat(inAnOutage(BOOKING)).isNull();
    }

    private void get(String address, String body, Answer.Header... headers) {
        answered(begin(address, headers), body);
    }

    private HttpCall begin(String address, Answer.Header... headers) {
        HttpCall call = under.http("GET", address, List.of(headers));
        call.admit();
        return call;
    }

    private static void answered(HttpCall call, String body) {
        HttpResponseView response = GuardUnderTest.response(200);
        BodyRecorder recorder = call.recorder(response);
        assertThat(recorder).isNotNull();
        byte[] bytes = body.getBytes(UTF_8);
        recorder.write(bytes, 0, bytes.length);
        recorder.complete();
        call.answered(response);
    }

    /** As the adapters do: only for what does not fail somebody may want its body. */
    private void call(String method, String address, int status, String... headers) {
        HttpCall call = under.http(method, address);
        call.admit();
        HttpResponseView response = GuardUnderTest.response(status, headers);
        if (!call.fails(response)) {
            assertThat(call.recorder(response)).isNull();
        }
        call.answered(response);
    }

    private @Nullable String inAnOutage(String address, Answer.Header... headers) {
        under.mode("calcom", Mode.FORCED_OPEN);
        under.mode("others", Mode.FORCED_OPEN);
        Ruling ruling = under.http("GET", address, List.of(headers)).admit();
        under.mode("calcom", Mode.ENFORCE);
        under.mode("others", Mode.ENFORCE);
        return ruling instanceof Ruling.Substitute substitute
                ? new String(((Answer.Http) substitute.answer()).body(), UTF_8)
                : null;
    }
}
