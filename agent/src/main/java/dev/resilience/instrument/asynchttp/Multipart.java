package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.http.BodyCopy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import org.asynchttpclient.Request;
import org.asynchttpclient.request.body.Body;
import org.asynchttpclient.request.body.multipart.ByteArrayPart;
import org.asynchttpclient.request.body.multipart.FilePart;
import org.asynchttpclient.request.body.multipart.MultipartBody;
import org.asynchttpclient.request.body.multipart.MultipartUtils;
import org.asynchttpclient.request.body.multipart.Part;
import org.asynchttpclient.request.body.multipart.StringPart;
import org.jspecify.annotations.Nullable;

/**
 * Parts as one body, as the client makes one of them each time anew.
 *
 * @param contentType with the boundary between the parts
 * @param bytes null where it is too long
 */
record Multipart(String contentType, byte @Nullable [] bytes) {

    private static final int PIECE = 8_192;

    /** Null where some part may be read once only, or cannot be read. */
    static @Nullable Multipart of(Request request) {
        List<Part> parts = request.getBodyParts();
        for (Part part : parts) {
            boolean regular = part instanceof FilePart file && file.getFile().isFile();
            if (!(regular || part instanceof ByteArrayPart || part instanceof StringPart)) {
                return null;
            }
        }
        try (MultipartBody body = MultipartUtils.newMultipartBody(parts, request.getHeaders())) {
            return new Multipart(body.getContentType(), bytes(body));
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    private static byte @Nullable [] bytes(Body body) throws IOException {
        BodyCopy copy = new BodyCopy();
        ByteBuf piece = Unpooled.buffer(PIECE, PIECE);
        try {
            while (CopiedGenerator.read(body, piece.clear(), copy) != Body.BodyState.STOP && copy.isKept()) {
                // What matters is done.
            }
        } finally {
            piece.release();
        }
        return copy.bytes();
    }
}
