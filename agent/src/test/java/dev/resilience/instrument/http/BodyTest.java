package dev.resilience.instrument.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BodyTest {

    private final Noted call = new Noted();
    private final ResponseHead head = new ResponseHead(200, List::of);
    private final Body body = Body.of(call, head, IllegalStateException.class::isInstance);

    @Test
    void a_body_that_ends_leaves_the_call_to_its_head_once() {
        body.open();
        assertThat(call.told).containsExactly("headed");
        body.complete();
        body.broken(new IOException());
        body.abandon();
        assertThat(call.told).containsExactly("headed", "complete", "answered 200");
    }

    @Test
    void a_body_that_breaks_makes_the_call_a_failed_one() {
        body.open().broken(new IOException("reset"));
        assertThat(call.told).containsExactly("headed", "abandoned", "broken by reset");
    }

    @Test
    void a_body_that_the_application_broke_off_leaves_the_call_to_its_head() {
        body.open().broken(new IllegalStateException());
        assertThat(call.told).containsExactly("headed", "abandoned", "answered 200");
    }

    @Test
    void a_stream_that_ends_before_its_announced_length_is_broken() throws IOException {
        InputStream stream = new BodyStream(new ByteArrayInputStream(new byte[7]), body.open(), 8, false);
        assertThat(stream.readAllBytes()).hasSize(7);
        assertThat(call.told).containsExactly("headed", "abandoned", "broken by the body ended after 7 of 8 bytes");
        assertThat(call.failure).isInstanceOf(EOFException.class);
    }

    @Test
    void a_stream_read_to_its_announced_length_is_whole() throws IOException {
        InputStream stream = new BodyStream(new ByteArrayInputStream(new byte[9]), body.open(), 8, false);
        stream.readNBytes(8);
        assertThat(call.told).containsExactly("headed", "complete", "answered 200");
    }

    @Test
    void a_stream_that_fails_is_broken_and_one_that_is_closed_is_not() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("timed out");
            }

            @Override
            public int read(byte[] into, int offset, int most) throws IOException {
                throw new IOException("timed out");
            }
        };
        assertThatThrownBy(() -> new BodyStream(failing, body.open(), -1, false).read())
                .hasMessage("timed out");
        assertThat(call.told).containsExactly("headed", "abandoned", "broken by timed out");
    }

    /** A class that cannot be loaded, memory that is not there. */
    @Test
    void a_copy_that_cannot_be_taken_keeps_no_answer_from_its_end() {
        call.copying = new NoClassDefFoundError("Caffeine");
        body.open();
        body.write(new byte[9], 0, 9);
        assertThat(body.keeps()).isFalse();
        body.complete();
        assertThat(call.told).containsExactly("headed", "answered 200");
    }

    @Test
    void nor_does_one_that_cannot_be_kept() {
        body.open();
        call.copying = new NoClassDefFoundError("Caffeine");
        body.complete();
        assertThat(call.told).containsExactly("headed", "answered 200");
    }

    @Test
    void a_body_that_nobody_begins_to_read_is_not_waited_for() {
        body.open();
        eventually("answered 200");
        body.broken(new IOException());
        assertThat(call.told).containsExactly("headed", "answered 200", "abandoned");
    }

    @Test
    void a_body_whose_reader_stays_away_is_not_waited_for() throws IOException {
        new BodyStream(new ByteArrayInputStream(new byte[9]), body.open(), 9, false).read();
        eventually("answered 200");
    }

    @Test
    void a_body_that_somebody_waits_for_is_waited_for_half_a_minute() {
        body.awaited();
        for (int look = 1; look < OpenBodies.LONGEST_LOOKS; look++) {
            assertThat(body.looked()).isFalse();
        }
        assertThat(call.told).isEmpty();
        assertThat(body.looked()).isTrue();
        assertThat(call.told).containsExactly("answered 200");
    }

    private void eventually(String told) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(call.told).contains(told));
    }

    /** Writes down what it is told. */
    private static final class Noted implements HttpCall, BodyRecorder {

        final List<String> told = new CopyOnWriteArrayList<>();
        volatile @Nullable Throwable failure;

        /** Thrown at every step of the copy. */
        volatile @Nullable Error copying;

        @Override
        public void ledTo(URI address) {}

        @Override
        public void headed(HttpResponseView response) {
            told.add("headed");
        }

        @Override
        public CompletionStage<Ruling> answeredAsync(HttpResponseView response) {
            told.add("answered " + response.status());
            return CompletableFuture.completedFuture(Ruling.Proceed.INSTANCE);
        }

        @Override
        public void broken(Throwable cause) {
            failure = cause;
            told.add("broken by " + cause.getMessage());
        }

        @Override
        public BodyRecorder recorder(HttpResponseView response) {
            return this;
        }

        @Override
        public void write(ByteBuffer piece) {}

        @Override
        public void write(byte[] piece, int offset, int length) {
            fail();
        }

        private void fail() {
            Error thrown = copying;
            if (thrown != null) {
                throw thrown;
            }
        }

        @Override
        public void complete() {
            fail();
            told.add("complete");
        }

        @Override
        public void abandon() {
            told.add("abandoned");
        }

        @Override
        public boolean fails(HttpResponseView response) {
            return false;
        }

        @Override
        public Endpoint endpoint() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Ruling answered(HttpResponseView response) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Ruling admit() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Ruling> admitAsync() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Ruling failed(Throwable cause) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Ruling> failedAsync(Throwable cause) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void canRepeat() {}

        @Override
        public boolean repeat() {
            return false;
        }

        @Override
        public void cancelled() {
            told.add("cancelled");
        }

        @Override
        public List<Answer.Header> sentAlong() {
            return List.of();
        }
    }
}
