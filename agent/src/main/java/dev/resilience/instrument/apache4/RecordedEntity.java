package dev.resilience.instrument.apache4;

import dev.resilience.fallback.BodyRecorder;
import dev.resilience.instrument.http.RecordingStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.http.HttpEntity;
import org.apache.http.entity.HttpEntityWrapper;
import org.jspecify.annotations.Nullable;

/** A response's entity, recorded as it is read. Read once, as any that streams. */
final class RecordedEntity extends HttpEntityWrapper {

    private final BodyRecorder recorder;
    private @Nullable InputStream content;

    RecordedEntity(HttpEntity entity, BodyRecorder recorder) {
        super(entity);
        this.recorder = recorder;
    }

    @Override
    public InputStream getContent() throws IOException {
        InputStream stream = content;
        if (stream == null) {
            InputStream body = super.getContent();
            if (body == null) {
                return body;
            }
            // The client's own streams read themselves to the end when they are closed.
            stream = new RecordingStream(body, recorder, getContentLength(), true);
            content = stream;
        }
        return stream;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        try (InputStream in = getContent()) {
            in.transferTo(out);
        }
    }
}
