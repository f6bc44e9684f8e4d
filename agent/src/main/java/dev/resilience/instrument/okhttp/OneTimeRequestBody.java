package dev.resilience.instrument.okhttp;

import dev.resilience.fallback.Request;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.IOException;
import java.io.OutputStream;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** A request's body that can be written once only. As thread-safe as the body itself. */
final class OneTimeRequestBody extends RequestBody {

    private final RequestBody body;
    private final OneTimeBody written = new OneTimeBody();

    private OneTimeRequestBody(RequestBody body) {
        this.body = body;
    }

    /** Null for a body that can be written again, and so needs no copy, and for one that no copy can be had of. */
    static @Nullable OneTimeRequestBody of(@Nullable RequestBody body) throws IOException {
        if (body == null || !body.isOneShot() || body.isDuplex() || body.contentLength() > Request.Http.MAX_BODY) {
            return null;
        }
        return new OneTimeRequestBody(body);
    }

    boolean isOver(@Nullable RequestBody other) {
        return body == other;
    }

    byte @Nullable [] bytes() {
        return written.bytes();
    }

    void gather() throws IOException {
        written.gather(out -> write(body, out));
    }

    static void write(RequestBody body, OutputStream out) throws IOException {
        BufferedSink sink = Okio.buffer(Okio.sink(out));
        body.writeTo(sink);
        if (sink.isOpen()) {
            // What compresses a body closes what it is written to.
            sink.flush();
        }
    }

    @Override
    public @Nullable MediaType contentType() {
        return body.contentType();
    }

    @Override
    public long contentLength() throws IOException {
        return body.contentLength();
    }

    @Override
    public boolean isOneShot() {
        return true;
    }

    @Override
    public void writeTo(BufferedSink wire) throws IOException {
        written.send(out -> write(body, out), wire.outputStream());
    }
}
