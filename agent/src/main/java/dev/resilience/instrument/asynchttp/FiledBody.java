package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.concurrent.CompletionStage;
import org.asynchttpclient.Request;
import org.asynchttpclient.request.body.multipart.FilePart;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that is a file, or has parts that are: read for what may take the call in charge alone, on no event loop. Only of
 * regular files, because reading any other may never end. Thread-safe.
 */
final class FiledBody {

    private final Request request;
    private final OneTimeBody body = new OneTimeBody();
    private final Elsewhere elsewhere = new Elsewhere();
    private volatile @Nullable Multipart parts;

    private FiledBody(Request request) {
        this.request = request;
    }

    /** Null for a request with another kind of body, or without one. */
    static @Nullable FiledBody of(Request request) {
        boolean filed = request.getBodyParts().isEmpty()
                ? request.getFile() != null
                : request.getBodyParts().stream().anyMatch(FilePart.class::isInstance);
        return filed && !OutgoingRequest.comesBeforeParts(request) ? new FiledBody(request) : null;
    }

    /** The parts as they were read; null before, and for a file alone. */
    @Nullable
    Multipart parts() {
        return parts;
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** Has it read, once. */
    CompletionStage<?> gather() {
        return body.gather(elsewhere, (copy, over) -> {
            byte[] read = request.getBodyParts().isEmpty() ? read(request.getFile()) : readParts();
            if (read != null && copy.write(read, 0, read.length)) {
                copy.complete();
            }
            over.complete(null);
        });
    }

    private byte @Nullable [] readParts() {
        Multipart read = Multipart.of(request);
        parts = read;
        return read == null ? null : read.bytes();
    }

    private static byte @Nullable [] read(File file) throws IOException {
        if (!file.isFile() || file.length() > OutgoingRequest.MAX_BODY) {
            return null;
        }
        try (InputStream stream = Files.newInputStream(file.toPath())) {
            return stream.readNBytes(OutgoingRequest.MAX_BODY + 1);
        }
    }
}
