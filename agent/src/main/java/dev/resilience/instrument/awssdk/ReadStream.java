package dev.resilience.instrument.awssdk;

import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.NettyFailures;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** The client's body, watched as the application reads it. Demand and cancellation are the application's. */
final class ReadStream implements Publisher<ByteBuffer> {

    private final Publisher<ByteBuffer> stream;
    private final Body body;

    ReadStream(Publisher<ByteBuffer> stream, Body body) {
        this.stream = stream;
        this.body = body;
        // It comes only when asked for.
        body.given();
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> reader) {
        stream.subscribe(new Reader(reader));
    }

    private final class Reader implements Subscriber<ByteBuffer> {

        private final Subscriber<? super ByteBuffer> reader;
        private final AtomicLong wanted = new AtomicLong();

        Reader(Subscriber<? super ByteBuffer> reader) {
            this.reader = reader;
        }

        @Override
        public void onSubscribe(Subscription source) {
            reader.onSubscribe(new Subscription() {

                @Override
                public void request(long pieces) {
                    wanted.accumulateAndGet(
                            pieces, (before, more) -> before + more < 0 ? Long.MAX_VALUE : before + more);
                    body.awaited();
                    source.request(pieces);
                }

                @Override
                public void cancel() {
                    body.abandon();
                    source.cancel();
                }
            });
        }

        @Override
        public void onNext(ByteBuffer piece) {
            body.write(piece);
            if (wanted.decrementAndGet() <= 0) {
                body.given();
            }
            reader.onNext(piece);
        }

        @Override
        public void onError(Throwable failure) {
            body.broken(NettyFailures.told(failure));
            reader.onError(failure);
        }

        @Override
        public void onComplete() {
            body.complete();
            reader.onComplete();
        }
    }
}
