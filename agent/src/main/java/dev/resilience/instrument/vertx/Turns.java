package dev.resilience.instrument.vertx;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.instrument.http.HiddenFields;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Promise;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is on a connection that requests wait for, each for the one before it to be sent. One that gives its turn back
 * without having begun ends nobody's waiting: Vert.x goes on with the next only when a request was sent.
 */
final class Turns {

    private Turns() {}

    /** To be called after the one whose turn it was gave it back. @param connection of HTTP/1; of any other nothing waits */
    static void next(Object connection) {
        try {
            if (waiting(connection) instanceof Queue<?> waiting
                    && HiddenFields.value(connection, "chctx") instanceof ChannelHandlerContext channel) {
                // After what gives it back, which goes the same way.
                channel.executor().execute(() -> begin(connection, waiting));
            }
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            Bridge.failed(unknown);
        }
    }

    /** By the name that it has up to Vert.x 5.0, else by that of 5.1 and later. */
    private static @Nullable Object waiting(Object connection) throws ReflectiveOperationException {
        Object requests = HiddenFields.value(connection, "requests");
        return requests == null ? HiddenFields.value(connection, "pending") : requests;
    }

    private static void begin(Object connection, Queue<?> waiting) {
        Object first;
        synchronized (connection) {
            first = waiting.peek();
        }
        try {
            // Since 5.1 the one that is being sent waits no longer: it ends its turn itself.
            boolean taken = HiddenFields.value(connection, "current") != null;
            Promise<Object> turn = first == null || taken ? null : turn(first);
            if (turn != null) {
                // One that has begun has had its own.
                turn.tryComplete(first);
            }
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            Bridge.failed(unknown);
        }
    }

    @SuppressWarnings("unchecked") // the field's type is part of what is known of it
    private static @Nullable Promise<Object> turn(Object stream) throws ReflectiveOperationException {
        return HiddenFields.value(stream, "promise") instanceof Promise<?> promise ? (Promise<Object>) promise : null;
    }
}
