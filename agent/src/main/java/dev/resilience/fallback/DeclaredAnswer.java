package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig.Fallback;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One declared HTTP answer, its {@link Template places} filled from the call. Whoever calls chooses what is filled in, so it
 * is written as the body's kind of text writes a value: it can add nothing to a document but itself. Immutable.
 */
final class DeclaredAnswer {

    private static final String CONTENT_TYPE = "Content-Type";
    private static final String CONTENT_LENGTH = "Content-Length";
    private static final int FIRST_ERROR = 400;
    private static final byte[] EMPTY = {};

    private final int status;
    private final Template.Setting setting;
    private final @Nullable Template body;
    private final Map<String, Template> headers = new LinkedHashMap<>();
    private final Template.Writing writing;

    DeclaredAnswer(Fallback.Declared declared, Template.Setting setting) {
        this.status = declared.status();
        this.setting = setting;
        declared.headers().forEach((name, value) -> headers.put(name, new Template(value)));
        String text = declared.body();
        if (text == null && status >= FIRST_ERROR) {
            text = "{\"error\":\"Service temporarily unavailable\",\"message\":\"{message}\"}";
        }
        this.body = text == null || text.isEmpty() ? null : new Template(text);
        String type = contentType(declared, text);
        this.writing = writing(type.toLowerCase(Locale.ROOT));
        if (body != null && headers.keySet().stream().noneMatch(CONTENT_TYPE::equalsIgnoreCase)) {
            headers.put(CONTENT_TYPE, new Template(type));
        }
        // It is for the filled body to say.
        headers.keySet().removeIf(CONTENT_LENGTH::equalsIgnoreCase);
    }

    Answer.Http fill(Request.Http request, Trouble trouble) {
        List<Answer.Header> filled = new ArrayList<>();
        headers.forEach((name, value) ->
                filled.add(new Answer.Header(name, value.fill(request, trouble, setting, DeclaredAnswer::oneLine))));
        byte[] bytes = body == null
                ? EMPTY
                : body.fill(request, trouble, setting, writing).getBytes(StandardCharsets.UTF_8);
        boolean bodiless = status == 204 || status == 304;
        if (!bodiless) {
            filled.add(new Answer.Header(CONTENT_LENGTH, Integer.toString(bytes.length)));
        }
        Marks.add(filled, Respond.NAME, setting.service(), trouble);
        boolean silent = bodiless || request.method().equalsIgnoreCase("HEAD");
        return new Answer.Http(Respond.NAME, status, List.copyOf(filled), silent ? EMPTY : bytes);
    }

    private static Template.Writing writing(String contentType) {
        if (contentType.contains("json")) {
            return DeclaredAnswer::json;
        }
        return contentType.contains("html") || contentType.contains("xml") ? DeclaredAnswer::markup : Template.AS_IT_IS;
    }

    /** Outside quotes, what is no number of its own accord is a text. */
    private static String json(String value, boolean quoted) {
        if (quoted) {
            return JsonText.escaped(value);
        }
        return JsonText.isNumber(value) ? value : JsonText.quoted(value);
    }

    private static String markup(String value, boolean quoted) {
        return value.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** A value from outside must not begin another header. */
    private static String oneLine(String value, boolean quoted) {
        StringBuilder line = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            line.append(c < ' ' || c > '~' ? '_' : c);
        }
        return line.toString();
    }

    /** As declared, or what the file's name promises, or what the body looks like. */
    private static String contentType(Fallback.Declared declared, @Nullable String text) {
        for (Map.Entry<String, String> header : declared.headers().entrySet()) {
            if (header.getKey().equalsIgnoreCase(CONTENT_TYPE)) {
                return header.getValue();
            }
        }
        Path file = declared.file();
        String name = file == null ? "" : file.toString().toLowerCase(Locale.ROOT);
        String start = text == null ? "" : text.stripLeading();
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "json" -> "application/json";
            case "html", "htm" -> "text/html; charset=utf-8";
            case "xml" -> "application/xml";
            case "csv" -> "text/csv; charset=utf-8";
            case "txt" -> "text/plain; charset=utf-8";
            default ->
                start.startsWith("{") || start.startsWith("[") ? "application/json" : "text/plain; charset=utf-8";
        };
    }
}
