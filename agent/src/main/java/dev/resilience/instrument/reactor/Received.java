package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.Recording;
import org.jspecify.annotations.Nullable;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.client.HttpClientResponse;

/** A response whose body is still to be read, and the connection it comes on. */
final class Received {

    private final HttpClientResponse response;
    private final Connection connection;
    private final @Nullable Recording recording;

    Received(HttpClientResponse response, Connection connection) {
        this(response, connection, null);
    }

    private Received(HttpClientResponse response, Connection connection, @Nullable Recording recording) {
        this.response = response;
        this.connection = connection;
        this.recording = recording;
    }

    Received with(Recording copy) {
        return new Received(response, connection, copy);
    }

    HttpClientResponse response() {
        return response;
    }

    Connection connection() {
        return recording == null ? connection : new RecordedConnection(connection, recording);
    }

    ByteBufFlux content() {
        return connection().inbound().receive();
    }

    /** Lets go of what is left of the body, so that the connection can serve again. */
    void discard() {
        if (recording != null) {
            recording.abandon();
        }
        if (connection instanceof ChannelOperations<?, ?> operations && !operations.isInboundDisposed()) {
            operations.discard();
        }
    }
}
