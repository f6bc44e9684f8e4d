package dev.resilience.instrument.awssdk;

import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** The body of an answer: one piece for each who asks, or none. */
record AnswerStream(byte[] body) implements Publisher<ByteBuffer> {

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> reader) {
        reader.onSubscribe(new Subscription() {

            private boolean over;

            @Override
            public void request(long pieces) {
                if (over) {
                    return;
                }
                over = true;
                if (pieces <= 0) {
                    reader.onError(new IllegalArgumentException("asked for " + pieces + " pieces"));
                    return;
                }
                if (body.length > 0) {
                    // A copy of its own: the application may write into it.
                    reader.onNext(ByteBuffer.wrap(body.clone()));
                }
                reader.onComplete();
            }

            @Override
            public void cancel() {
                over = true;
            }
        });
    }
}
