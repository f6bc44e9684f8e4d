package dev.resilience.fallback;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text with places to fill from the call: {@code {method}}, {@code {path}}, {@code {query.x}}, {@code {header.x}},
 * {@code {param.1}} of a statement, {@code {service}}, {@code {endpoint}}, {@code {retry_after}} in seconds, {@code {message}}.
 * Other braces are text, so that JSON needs no escapes. Immutable.
 */
final class Template {

    private static final Pattern PLACE = Pattern.compile(
            "\\{(method|path|service|endpoint|retry_after|message|query\\.[^{}]+|header\\.[A-Za-z0-9_-]+|param\\.[0-9]{1,5})}");

    private static final int MOST_VALUE = 1_000;

    /** Leaves values as they are. */
    static final Writing AS_IT_IS = (value, quoted) -> value;

    /** Text and places in turn, beginning with a text. */
    private final List<String> parts = new ArrayList<>();

    /** Whether the place after each text is between double quotes. */
    private final List<Boolean> quoted = new ArrayList<>();

    /** How a value is written where it is put in. */
    @FunctionalInterface
    interface Writing {

        /** @param quoted whether double quotes are open where it is put in */
        String of(String value, boolean quoted);
    }

    Template(String text) {
        Matcher places = PLACE.matcher(text);
        int from = 0;
        boolean open = false;
        while (places.find()) {
            String before = text.substring(from, places.start());
            open = isOpenAfter(before, open);
            parts.add(before);
            parts.add(places.group(1));
            quoted.add(open);
            from = places.end();
        }
        parts.add(text.substring(from));
    }

    boolean isConstant() {
        return parts.size() == 1;
    }

    /** What is the same for every call of an endpoint. */
    record Setting(String service, String endpoint, String message) {}

    /** @param writing makes a value safe where it is put in: whoever calls chooses the values */
    String fill(Request request, @Nullable Trouble trouble, Setting setting, Writing writing) {
        if (isConstant()) {
            return parts.get(0);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            text.append(
                    i % 2 == 0
                            ? parts.get(i)
                            : writing.of(value(parts.get(i), request, trouble, setting), quoted.get(i / 2)));
        }
        return text.toString();
    }

    private static boolean isOpenAfter(String text, boolean openBefore) {
        boolean open = openBefore;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                open = !open;
            }
        }
        return open;
    }

    private static String value(String place, Request request, @Nullable Trouble trouble, Setting setting) {
        String value = switch (place) {
            case "service" -> setting.service();
            case "endpoint" -> setting.endpoint();
            case "message" -> setting.message();
            case "retry_after" -> trouble == null ? "" : Long.toString(Marks.seconds(trouble.retryAfterMillis()));
            default -> {
                if (request instanceof Request.Http http) {
                    yield value(place, http);
                }
                yield request instanceof Request.Jdbc jdbc ? parameter(place, jdbc) : "";
            }
        };
        return value.length() <= MOST_VALUE ? value : value.substring(0, MOST_VALUE);
    }

    private static String value(String place, Request.Http request) {
        if (place.equals("method")) {
            return request.method();
        }
        if (place.equals("path")) {
            return request.uri().getRawPath() == null ? "" : request.uri().getRawPath();
        }
        if (place.startsWith("query.")) {
            return query(request.uri(), place.substring("query.".length()));
        }
        if (place.startsWith("header.")) {
            String name = place.substring("header.".length()).toLowerCase(Locale.ROOT);
            // What proves who asks is never put into a text.
            List<String> values = Headers.secret(name) ? List.of() : request.header(name);
            return values.isEmpty() ? "" : values.get(0);
        }
        return "";
    }

    private static String query(URI uri, String name) {
        String query = uri.getRawQuery();
        if (query == null) {
            return "";
        }
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            if (decoded(equals < 0 ? pair : pair.substring(0, equals)).equals(name)) {
                return equals < 0 ? "" : decoded(pair.substring(equals + 1));
            }
        }
        return "";
    }

    private static String parameter(String place, Request.Jdbc request) {
        List<@Nullable Object> parameters = request.parameters();
        if (parameters == null || !place.startsWith("param.")) {
            return "";
        }
        int index = Integer.parseInt(place.substring("param.".length()));
        Object value = index < 1 || index > parameters.size() ? "" : parameters.get(index - 1);
        return String.valueOf(value instanceof Answer.Spelled spelled ? spelled.value() : value);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return text;
        }
    }
}
