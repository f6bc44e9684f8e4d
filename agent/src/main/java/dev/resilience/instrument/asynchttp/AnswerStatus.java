package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.http.Reason;
import java.net.SocketAddress;
import org.asynchttpclient.HttpResponseStatus;
import org.asynchttpclient.uri.Uri;
import org.jspecify.annotations.Nullable;

/** Status of an answer, which came from no address. */
final class AnswerStatus extends HttpResponseStatus {

    private final int status;

    AnswerStatus(Uri uri, int status) {
        super(uri);
        this.status = status;
    }

    @Override
    public int getStatusCode() {
        return status;
    }

    @Override
    public String getStatusText() {
        return Reason.of(status);
    }

    @Override
    public String getProtocolName() {
        return "HTTP";
    }

    @Override
    public int getProtocolMajorVersion() {
        return 1;
    }

    @Override
    public int getProtocolMinorVersion() {
        return 1;
    }

    @Override
    public String getProtocolText() {
        return "HTTP/1.1";
    }

    @Override
    public @Nullable SocketAddress getRemoteAddress() {
        return null;
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() {
        return null;
    }
}
