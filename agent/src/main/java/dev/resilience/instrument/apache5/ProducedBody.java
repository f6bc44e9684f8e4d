package dev.resilience.instrument.apache5;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.nio.AsyncRequestProducer;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * What a producer makes as its request's body: copied while it is sent, and where it was not sent, made for what may take the call
 * in charge, on no event loop. Thread-safe.
 */
final class ProducedBody {

    private final AsyncRequestProducer producer;
    private final long announced;
    private final Runnable making;
    private final Elsewhere elsewhere = new Elsewhere();
    private final OneTimeBody body = new OneTimeBody();

    /** Of what is being sent; null before, and once it is to be sent anew. */
    private volatile @Nullable BodyCopy sent;

    /**
     * @param announced its length; -1 where nobody says
     * @param making told before it is made for nobody
     */
    ProducedBody(AsyncRequestProducer producer, long announced, Runnable making) {
        this.producer = producer;
        this.announced = announced;
        this.making = making;
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it made for nobody, where the client did not begin to send it. */
    CompletionStage<?> gather() {
        return body.gather(elsewhere, (copy, over) -> {
            making.run();
            new Nowhere(copy, over).requestOutput();
        });
    }

    /** It is not to be made for nobody. @return false where that began already */
    boolean forgo() {
        return body.take() != null;
    }

    /** The client sends some of it. */
    DataStreamChannel copied(DataStreamChannel wire) throws IOException {
        BodyCopy copy = sent;
        if (copy == null) {
            copy = body.begin();
            if (copy == null) {
                throw new IOException("the request body was made for a fallback and can be sent no more");
            }
            sent = copy.expecting(announced);
        }
        return new Copying(wire, copy);
    }

    /** Whether it is made for nobody, or not at all. */
    boolean isTaken() {
        return body.isTaken();
    }

    /** Whether the client began to send it. */
    boolean isSent() {
        return sent != null;
    }

    /** Its producer is to begin anew, if it is asked again. */
    void rewound() {
        sent = null;
    }

    private record Copying(DataStreamChannel wire, BodyCopy copy) implements DataStreamChannel {

        @Override
        public void requestOutput() {
            wire.requestOutput();
        }

        @Override
        public int write(ByteBuffer piece) throws IOException {
            ByteBuffer taken = piece.duplicate();
            int written = wire.write(piece);
            taken.limit(piece.position());
            copy.write(taken);
            return written;
        }

        @Override
        public void endStream() throws IOException {
            // Before a response can be there.
            copy.complete();
            wire.endStream();
        }

        @Override
        public void endStream(@Nullable List<? extends Header> trailers) throws IOException {
            copy.complete();
            wire.endStream(trailers);
        }
    }

    /** Has room for everything, and keeps as much as is kept. Asks the producer one time after the other. */
    private final class Nowhere implements DataStreamChannel {

        private final BodyCopy copy;
        private final CompletableFuture<@Nullable Void> over;
        private final AtomicInteger asked = new AtomicInteger();
        private volatile long written;

        Nowhere(BodyCopy copy, CompletableFuture<@Nullable Void> over) {
            this.copy = copy;
            this.over = over;
        }

        /** As the producer says that it has more; not inside what it says it in. */
        @Override
        public void requestOutput() {
            if (asked.getAndIncrement() == 0) {
                elsewhere.execute(this::produce);
            }
        }

        private void produce() {
            int answered = asked.get();
            try {
                long before = -1;
                while (!over.isDone() && before != written && (before < 0 || producer.available() > 0)) {
                    before = written;
                    producer.produce(this);
                }
            } catch (IOException | RuntimeException unwilling) {
                over.complete(null);
            }
            if (asked.addAndGet(-answered) > 0 && !over.isDone()) {
                elsewhere.execute(this::produce);
            }
        }

        @Override
        public synchronized int write(ByteBuffer piece) {
            int length = piece.remaining();
            if (!copy.write(piece)) {
                over.complete(null);
            }
            piece.position(piece.limit());
            written += length;
            return length;
        }

        @Override
        public void endStream() {
            copy.complete();
            over.complete(null);
        }

        @Override
        public void endStream(@Nullable List<? extends Header> trailers) {
            endStream();
        }
    }
}
