package dev.resilience.instrument.jetty12;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.Reason;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.client.transport.HttpResponse;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** An answer as a response whose content is there already. */
final class AnswerResponse extends HttpResponse implements ContentResponse {

    private static final String CHARSET = "charset=";

    private final byte[] content;
    private @Nullable String type;

    AnswerResponse(HttpRequest request, Answer.Http answer) {
        super(request);
        // A copy of its own: the application may write into it.
        this.content =
                request.getMethod().equals("HEAD") ? new byte[0] : answer.body().clone();
        version(HttpVersion.HTTP_1_1);
        status(answer.status());
        reason(Reason.of(answer.status()));
        for (Answer.Header header : answer.headers()) {
            addHeader(new HttpField(header.name(), header.value()));
            if (header.name().equalsIgnoreCase("Content-Type")) {
                type = header.value();
            }
        }
    }

    @Override
    public @Nullable String getMediaType() {
        String all = type;
        return all == null ? null : all.split(";", 2)[0].trim();
    }

    @Override
    public @Nullable String getEncoding() {
        String all = type;
        int at = all == null ? -1 : all.toLowerCase(Locale.ROOT).indexOf(CHARSET);
        return all == null || at < 0
                ? null
                : all.substring(at + CHARSET.length()).replace("\"", "").trim();
    }

    @Override
    public byte[] getContent() {
        return content;
    }

    @Override
    public String getContentAsString() {
        String encoding = getEncoding();
        return new String(content, encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding));
    }
}
