package dev.resilience.instrument.asynchttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.asynchttpclient.Request;
import org.asynchttpclient.RequestBuilder;
import org.asynchttpclient.request.body.Body;
import org.asynchttpclient.request.body.generator.BodyGenerator;
import org.asynchttpclient.request.body.generator.ByteArrayBodyGenerator;
import org.asynchttpclient.request.body.generator.FeedListener;
import org.asynchttpclient.request.body.generator.FeedableBodyGenerator;
import org.asynchttpclient.request.body.generator.UnboundedQueueFeedableBodyGenerator;
import org.junit.jupiter.api.Test;

class RequestBodyTest {

    /** As an application may have one of its own. */
    private interface Fed extends FeedableBodyGenerator {}

    private static class OwnFed implements Fed {

        @Override
        public boolean feed(ByteBuf piece, boolean last) {
            return false;
        }

        @Override
        public void setListener(FeedListener listener) {}

        @Override
        public Body createBody() {
            throw new AssertionError("asked for a body that the client alone may ask for");
        }
    }

    private static final class FedFurther extends OwnFed {}

    private static Request request(BodyGenerator generator) {
        return new RequestBuilder("PUT")
                .setUrl("http://localhost/")
                .setBody(generator)
                .build();
    }

    @Test
    void what_is_fed_while_it_is_sent_is_left_as_it_is_however_its_class_came_by_it() {
        for (BodyGenerator fed :
                new BodyGenerator[] {new OwnFed(), new FedFurther(), new UnboundedQueueFeedableBodyGenerator()}) {
            assertThat(RequestBody.of(request(fed)))
                    .as(fed.getClass().getName())
                    .isNull();
        }
        assertThat(RequestBody.of(request(new ByteArrayBodyGenerator(new byte[1]))))
                .isNotNull();
    }
}
