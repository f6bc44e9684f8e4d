package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.Body;
import org.jspecify.annotations.Nullable;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.client.HttpClientResponse;

/** A response whose body is still to be read, and the connection it comes on. */
final class Received {

    private final HttpClientResponse response;
    private final Connection connection;
    private final @Nullable Body body;

    Received(HttpClientResponse response, Connection connection) {
        this(response, connection, null);
    }

    private Received(HttpClientResponse response, Connection connection, @Nullable Body body) {
        this.response = response;
        this.connection = connection;
        this.body = body;
    }

    Received with(Body opened) {
        return new Received(response, connection, opened);
    }

    HttpClientResponse response() {
        return response;
    }

    Connection connection() {
        return body == null ? connection : new WatchedConnection(connection, body);
    }

    ByteBufFlux content() {
        return connection().inbound().receive();
    }

    /** Lets go of what is left of the body, so that the connection can serve again. */
    void discard() {
        if (body != null) {
            body.abandon();
        }
        if (connection instanceof ChannelOperations<?, ?> operations && !operations.isInboundDisposed()) {
            operations.discard();
        }
    }
}
