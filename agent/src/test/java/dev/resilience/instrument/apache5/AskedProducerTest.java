package dev.resilience.instrument.apache5;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncRequestProducer;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.junit.jupiter.api.Test;

class AskedProducerTest {

    private final Once own = new Once();
    private final AskedProducer asked = new AskedProducer(own);
    private ProducedBody body;

    /** The application's, of a body that can be made one time. */
    private static final class Once implements AsyncRequestProducer {

        final AtomicInteger released = new AtomicInteger();
        final CountDownLatch making = new CountDownLatch(1);
        final CountDownLatch goesOn = new CountDownLatch(1);

        @Override
        public void sendRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
            channel.sendRequest(new BasicHttpRequest("POST", "/"), new BasicEntityDetails(3, null), context);
        }

        @Override
        public boolean isRepeatable() {
            return false;
        }

        @Override
        public void failed(Exception cause) {}

        @Override
        public int available() {
            return 3;
        }

        @Override
        public void produce(DataStreamChannel channel) throws IOException {
            making.countDown();
            try {
                goesOn.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            channel.write(ByteBuffer.wrap("one".getBytes(StandardCharsets.US_ASCII)));
            channel.endStream();
        }

        @Override
        public void releaseResources() {
            released.incrementAndGet();
        }
    }

    /** Has room for all. */
    private static final class Wire implements DataStreamChannel {

        @Override
        public void requestOutput() {}

        @Override
        public int write(ByteBuffer piece) {
            int length = piece.remaining();
            piece.position(piece.limit());
            return length;
        }

        @Override
        public void endStream() {}

        @Override
        public void endStream(List<? extends Header> trailers) {}
    }

    private AskedProducer attempt() {
        var request = asked.ask(HttpCoreContext.create());
        body = asked.told(3);
        return asked.sending(request, false);
    }

    private void findsNobody() {
        AskedProducer attempt = attempt();
        attempt.failed(new ConnectException());
        attempt.releaseResources();
        assertThat(own.released).hasValue(0);
    }

    @Test
    void a_call_that_is_given_up_while_its_body_is_made_for_nobody_is_let_go_of_once_that_is_over() throws Exception {
        findsNobody();
        var gathered = body.gather();
        assertThat(own.making.await(30, TimeUnit.SECONDS)).isTrue();
        asked.abandon();
        assertThat(own.released).hasValue(0);
        own.goesOn.countDown();
        gathered.toCompletableFuture().get(30, TimeUnit.SECONDS);
        asked.releaseResources();
        assertThat(own.released).hasValue(1);
        assertThat(body.bytes()).asString().isEqualTo("one");
    }

    @Test
    void a_call_that_is_given_up_before_has_no_body_made_and_is_let_go_of_at_once_and_once() throws Exception {
        findsNobody();
        asked.abandon();
        assertThat(own.released).hasValue(1);
        body.gather().toCompletableFuture().get(30, TimeUnit.SECONDS);
        asked.releaseResources();
        assertThat(own.released).hasValue(1);
        assertThat(own.making.getCount()).isEqualTo(1);
        assertThat(body.bytes()).isNull();
    }

    @Test
    void a_call_that_was_made_is_let_go_of_once_by_the_client_and_the_calls_end_together() throws Exception {
        own.goesOn.countDown();
        AskedProducer attempt = attempt();
        attempt.produce(new Wire());
        attempt.releaseResources();
        asked.releaseResources();
        assertThat(own.released).hasValue(1);
        assertThat(body.bytes()).asString().isEqualTo("one");
    }
}
