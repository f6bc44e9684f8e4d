package dev.resilience.instrument.asynchttp;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.AsyncHttpClientConfig;
import org.asynchttpclient.Request;
import org.asynchttpclient.util.HttpUtils;
import org.jspecify.annotations.Nullable;

/** A request, with what its client adds to it. */
final class OutgoingRequest extends RequestHead {

    private static final String CONTENT_TYPE = "Content-Type";

    /** Null in all but the newest versions. */
    private static final @Nullable Method BYTE_BUF = byteBufOfTheNewest();

    private final AsyncHttpClient client;
    private final Request request;
    private final @Nullable RequestBody oneTime;
    private final @Nullable FiledBody filed;

    /** As it was told, because each making chooses another boundary; null before, and where there is none. */
    private @Nullable Multipart multipart;

    /** @param told whether somebody may want to know its body */
    OutgoingRequest(AsyncHttpClient client, Request request, boolean told) {
        super(request.getMethod(), URI.create(request.getUrl()));
        this.client = client;
        this.request = request;
        this.oneTime = told ? RequestBody.of(request) : null;
        this.filed = FiledBody.of(request);
    }

    /** The request to send. */
    Request sent() {
        return oneTime == null ? request : oneTime.sending(request);
    }

    @Override
    public List<Answer.Header> headers() {
        List<Answer.Header> headers = headers(request.getHeaders());
        Multipart parts = filed == null ? multipart : filed.parts();
        if (parts != null) {
            headers.removeIf(header -> header.name().equalsIgnoreCase(CONTENT_TYPE));
            headers.add(new Answer.Header(CONTENT_TYPE, parts.contentType()));
        } else if (isForm() && !request.getHeaders().contains(CONTENT_TYPE)) {
            headers.add(new Answer.Header(CONTENT_TYPE, "application/x-www-form-urlencoded"));
        }
        return headers;
    }

    static List<Answer.Header> headers(HttpHeaders all) {
        List<Answer.Header> headers = new ArrayList<>(all.size());
        for (Map.Entry<String, String> header : all) {
            headers.add(new Answer.Header(header.getKey(), header.getValue()));
        }
        return headers;
    }

    /** Whether the body can be sent twice: parts may be streams. */
    boolean repeatable() {
        return request.getStreamData() == null
                && request.getBodyGenerator() == null
                && request.getBodyParts().isEmpty();
    }

    @Override
    public CompletionStage<?> gathered() {
        if (filed != null) {
            return filed.gather();
        }
        return oneTime == null ? super.gathered() : oneTime.gather();
    }

    @Override
    public byte @Nullable [] body() {
        if (oneTime != null) {
            return oneTime.bytes();
        }
        if (filed != null) {
            return filed.bytes();
        }
        try {
            byte[] body = read();
            return body == null || body.length > MAX_BODY ? null : body;
        } catch (RuntimeException unreadable) {
            return null;
        }
    }

    /** In the order in which the client looks for one. */
    private byte @Nullable [] read() {
        if (hasData(request)) {
            return data();
        }
        if (request.getStreamData() != null) {
            return null;
        }
        if (isForm()) {
            return bytes(HttpUtils.urlEncodeFormParams(request.getFormParams(), charset()));
        }
        if (!request.getBodyParts().isEmpty()) {
            Multipart parts = multipart == null ? Multipart.of(request) : multipart;
            multipart = parts;
            return parts == null ? null : parts.bytes();
        }
        return request.getBodyGenerator() == null ? NO_BODY : null;
    }

    private Charset charset() {
        return request.getCharset() == null ? StandardCharsets.UTF_8 : request.getCharset();
    }

    private boolean isForm() {
        return !hasData(request)
                && request.getStreamData() == null
                && !request.getFormParams().isEmpty();
    }

    /** Whether something takes precedence over parts and files. */
    static boolean comesBeforeParts(Request request) {
        return hasData(request)
                || request.getStreamData() != null
                || !request.getFormParams().isEmpty();
    }

    /** Whether something takes precedence over a generator. */
    static boolean comesBeforeGenerators(Request request) {
        return hasData(request)
                || !request.getFormParams().isEmpty()
                || !request.getBodyParts().isEmpty()
                || request.getFile() != null;
    }

    private static boolean hasData(Request request) {
        return request.getByteData() != null
                || request.getCompositeByteData() != null
                || request.getStringData() != null
                || request.getByteBufferData() != null
                || byteBuf(request) != null;
    }

    /** What is in memory, as it is sent. */
    private byte @Nullable [] data() {
        if (request.getByteData() != null) {
            return request.getByteData();
        }
        if (request.getCompositeByteData() != null) {
            BodyCopy all = new BodyCopy();
            request.getCompositeByteData().forEach(piece -> all.write(piece, 0, piece.length));
            all.complete();
            return all.bytes();
        }
        if (request.getStringData() != null) {
            return request.getStringData().getBytes(charset());
        }
        if (request.getByteBufferData() != null) {
            return bytes(request.getByteBufferData().duplicate());
        }
        ByteBuf buffer = byteBuf(request);
        return buffer == null ? null : ByteBufUtil.getBytes(buffer);
    }

    /** Of the newest versions alone. */
    private static @Nullable ByteBuf byteBuf(Request request) {
        try {
            return BYTE_BUF == null ? null : (ByteBuf) BYTE_BUF.invoke(request);
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    private static @Nullable Method byteBufOfTheNewest() {
        try {
            return Request.class.getMethod("getByteBufData");
        } catch (NoSuchMethodException older) {
            return null;
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Override
    protected @Nullable String cookies() {
        var store = client.getConfig().getCookieStore();
        var stored = store == null ? List.<io.netty.handler.codec.http.cookie.Cookie>of() : store.get(request.getUri());
        String cookies = Stream.concat(request.getCookies().stream(), stored.stream())
                .map(cookie -> cookie.name() + "=" + cookie.value())
                .collect(Collectors.joining("; "));
        return cookies.isEmpty() ? null : cookies;
    }

    @Override
    protected @Nullable Object credentials() {
        AsyncHttpClientConfig config = client.getConfig();
        if (request.getRealm() != null) {
            return request.getRealm();
        }
        // A filter may add anything.
        return config.getRealm() == null && config.getRequestFilters().isEmpty() ? null : client;
    }
}
