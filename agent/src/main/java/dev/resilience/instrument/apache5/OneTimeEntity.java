package dev.resilience.instrument.apache5;

import dev.resilience.fallback.Request;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.jspecify.annotations.Nullable;

/** A request's entity that can be written once only. As thread-safe as the entity itself. */
final class OneTimeEntity extends HttpEntityWrapper {

    private final HttpEntity entity;
    private final OneTimeBody body = new OneTimeBody();

    private OneTimeEntity(HttpEntity entity) {
        super(entity);
        this.entity = entity;
    }

    /** Null for an entity that can be written again, and so needs no copy, and for one that is too long for it. */
    static @Nullable OneTimeEntity of(@Nullable HttpEntity entity) {
        if (entity == null || entity.isRepeatable() || entity.getContentLength() > Request.Http.MAX_BODY) {
            return null;
        }
        return entity instanceof OneTimeEntity known ? known : new OneTimeEntity(entity);
    }

    /** What the application's request is to keep: its own entity, unless that was written for a fallback and is spent. */
    HttpEntity left() {
        return body.isTaken() ? this : entity;
    }

    OneTimeBody body() {
        return body;
    }

    void gather() throws IOException {
        body.gather(entity::writeTo);
    }

    @Override
    public void writeTo(OutputStream wire) throws IOException {
        body.send(entity::writeTo, wire);
    }

    /** Read by somebody who does not write it, it is not known any more. */
    @Override
    public InputStream getContent() throws IOException {
        InputStream known = body.read();
        return known == null ? super.getContent() : known;
    }
}
