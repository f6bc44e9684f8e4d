package dev.resilience.instrument.apache4;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.http.nio.ContentEncoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.jspecify.annotations.Nullable;

/**
 * What a producer makes as its request's body: copied while it is sent, and where it was not sent, made for what may take the call
 * in charge, on no event loop. Thread-safe.
 */
final class ProducedBody implements OutgoingRequest.Produced {

    /** A producer that was asked so often in a row and wrote nothing is asked no more. */
    private static final int IDLE = 1_000;

    private final HttpAsyncRequestProducer producer;
    private final Elsewhere elsewhere = new Elsewhere();
    private final OneTimeBody body = new OneTimeBody();

    /** Of what is being sent; null before, and once it is to be sent anew. */
    private volatile @Nullable BodyCopy sent;

    ProducedBody(HttpAsyncRequestProducer producer) {
        this.producer = producer;
    }

    @Override
    public byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it made for nobody, where the client did not begin to send it. */
    @Override
    public CompletionStage<?> gather() {
        return body.gather(elsewhere, (copy, over) -> new Nowhere(copy, over).requestOutput());
    }

    /** The client sends some of it. */
    ContentEncoder copied(ContentEncoder wire) throws IOException {
        BodyCopy copy = sent;
        if (copy == null) {
            copy = body.begin();
            if (copy == null) {
                throw new IOException("the request body was made for a fallback and can be sent no more");
            }
            sent = copy;
        }
        return new Copying(wire, copy);
    }

    /** Its producer is to begin anew. */
    void rewound() {
        sent = null;
    }

    private record Copying(ContentEncoder wire, BodyCopy copy) implements ContentEncoder {

        @Override
        public int write(ByteBuffer piece) throws IOException {
            ByteBuffer taken = piece.duplicate();
            int written = wire.write(piece);
            taken.limit(piece.position());
            copy.write(taken);
            if (wire.isCompleted()) {
                // All of the length that was announced.
                copy.complete();
            }
            return written;
        }

        @Override
        public void complete() throws IOException {
            // Before a response can be there.
            copy.complete();
            wire.complete();
        }

        @Override
        public boolean isCompleted() {
            return wire.isCompleted();
        }
    }

    /** Has room for everything, and keeps as much as is kept. Asks the producer one time after the other. */
    private final class Nowhere implements ContentEncoder, IOControl {

        private final BodyCopy copy;
        private final CompletableFuture<@Nullable Void> over;
        private final AtomicInteger asked = new AtomicInteger();
        private volatile boolean completed;
        private volatile boolean suspended;
        private volatile boolean wrote;

        Nowhere(BodyCopy copy, CompletableFuture<@Nullable Void> over) {
            this.copy = copy;
            this.over = over;
        }

        /** As the producer says that it has more; not inside what it says it in. */
        @Override
        public void requestOutput() {
            suspended = false;
            if (asked.getAndIncrement() == 0) {
                elsewhere.execute(this::produce);
            }
        }

        private void produce() {
            int answered = asked.get();
            try {
                for (int idle = 0; !over.isDone() && !suspended && idle < IDLE; idle = wrote ? 0 : idle + 1) {
                    wrote = false;
                    producer.produceContent(this, this);
                }
            } catch (IOException | RuntimeException unwilling) {
                over.complete(null);
            }
            if (asked.addAndGet(-answered) > 0 && !over.isDone()) {
                elsewhere.execute(this::produce);
            }
        }

        @Override
        public int write(ByteBuffer piece) {
            int length = piece.remaining();
            if (!copy.write(piece)) {
                over.complete(null);
            }
            piece.position(piece.limit());
            wrote |= length > 0;
            return length;
        }

        @Override
        public void complete() {
            completed = true;
            copy.complete();
            over.complete(null);
        }

        @Override
        public boolean isCompleted() {
            return completed;
        }

        @Override
        public void suspendOutput() {
            suspended = true;
        }

        @Override
        public void requestInput() {
            // Nothing is read.
        }

        @Override
        public void suspendInput() {
            // Nothing is read.
        }

        @Override
        public void shutdown() {
            over.complete(null);
        }
    }
}
