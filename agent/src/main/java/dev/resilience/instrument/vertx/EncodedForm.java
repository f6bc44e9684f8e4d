package dev.resilience.instrument.vertx;

import io.netty.handler.codec.http.multipart.HttpPostRequestEncoder.EncoderMode;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.streams.ReadStream;
import java.lang.reflect.Constructor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A form of Vert.x 5, which its request encodes while it sends it: the same bytes, for a request of ours. */
final class EncodedForm {

    private static final String FORM = "io.vertx.core.http.impl.ClientMultipartFormImpl";
    private static final String UPLOAD = "io.vertx.core.http.impl.ClientMultipartFormUpload";

    private EncodedForm() {}

    static boolean is(Object body) {
        return body.getClass().getName().equals(FORM);
    }

    /**
     * @param headers the request's, which the form's are added to
     * @return null where the client itself is to say what is wrong with it
     */
    @SuppressWarnings("unchecked") // the class's signature says so
    static @Nullable ReadStream<Buffer> of(Object form, MultiMap headers, Context context) {
        try {
            boolean parts = asked(form, "isMultipart");
            String plain = HttpHeaders.APPLICATION_X_WWW_FORM_URLENCODED.toString();
            String type = headers.get(HttpHeaders.CONTENT_TYPE);
            boolean multipart = type == null ? parts : !type.equalsIgnoreCase(plain);
            if (type != null && (parts && !multipart || multipart && !type.equalsIgnoreCase("multipart/form-data"))) {
                return null;
            }
            EncoderMode mode = asked(form, "mixed") ? EncoderMode.RFC1738 : EncoderMode.HTML5;
            Constructor<?> made = Class.forName(UPLOAD, false, form.getClass().getClassLoader())
                    .getConstructors()[0];
            ReadStream<Buffer> upload = (ReadStream<Buffer>) made.newInstance(context, form, multipart, mode);
            if (type == null) {
                headers.set(HttpHeaders.CONTENT_TYPE, multipart ? "multipart/form-data" : plain);
            }
            MultiMap own = (MultiMap) upload.getClass().getMethod("headers").invoke(upload);
            for (Map.Entry<String, String> header : own) {
                if (!header.getKey().equalsIgnoreCase("content-length")
                        || !header.getValue().startsWith("-")) {
                    headers.set(header.getKey(), header.getValue());
                }
            }
            return upload;
        } catch (ReflectiveOperationException | RuntimeException otherVersion) {
            return null;
        }
    }

    private static boolean asked(Object form, String method) throws ReflectiveOperationException {
        return Boolean.TRUE.equals(form.getClass().getMethod(method).invoke(form));
    }
}
