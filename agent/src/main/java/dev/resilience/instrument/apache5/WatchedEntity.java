package dev.resilience.instrument.apache5;

import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.BodyStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.jspecify.annotations.Nullable;

/** A response's entity, watched as it is read. Read once, as any that streams. */
final class WatchedEntity extends HttpEntityWrapper {

    private final Body body;
    private @Nullable InputStream content;

    WatchedEntity(HttpEntity entity, Body body) {
        super(entity);
        this.body = body;
    }

    @Override
    public InputStream getContent() throws IOException {
        InputStream stream = content;
        if (stream == null) {
            InputStream own = super.getContent();
            if (own == null) {
                return own;
            }
            // The client's own streams read themselves to the end when they are closed.
            stream = new BodyStream(own, body, getContentLength(), true);
            content = stream;
        }
        return stream;
    }

    /** The response is closed, read or not. */
    @Override
    public void close() throws IOException {
        try {
            super.close();
        } finally {
            body.abandon();
        }
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        try (InputStream in = getContent()) {
            in.transferTo(out);
        }
    }
}
