package dev.resilience.fallback;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.ToIntBiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A body as it may be shown: its beginning, where it is text, and {@code ***} in place of what a name calls a secret: fields of
 * JSON, parameters of a form, elements and attributes of XML, parts of a multipart form. It goes by the text alone, because a
 * body's declared type may be missing or wrong. When in doubt it hides more.
 */
final class ShownBody {

    private static final int MOST_SHOWN = 4_096;
    private static final String HIDDEN = "***";

    private static final Pattern SECRET =
            pattern("passw|passphrase|pwd|token|secret|key|auth|credential|card|cvc|cvv|iban|ssn");

    /** Longer ones are not looked at whole: no pattern here tries anything twice. */
    private static final int LONGEST_NAME = 200;

    private static final Pattern FIELD = pattern("\"([^\"]*+)\"\\s*+:\\s*+(?=\\S)");

    private static final Pattern PARAMETER = pattern("(?:^|[&\\r\\n])([^=&<>\\s]++)=");

    private static final Pattern ELEMENT = pattern("<([^<>/\\s!?]++)([^<>]*+)>");

    private static final Pattern ATTRIBUTE = pattern("([\\w.:-]++)(\\s*+=\\s*+)(\"[^\"]*+\"|'[^']*+')");

    /** From the name in its head to the body behind it. */
    private static final Pattern PART =
            pattern("\\bname=\"?([^\"\\r\\n;]++)\"?[^\\r\\n]*+(?:\\r?\\n[^\\r\\n]++)*+\\r?\\n\\r?\\n");

    private ShownBody() {}

    /** Null for what is empty or no text. */
    static @Nullable String of(byte[] body) {
        if (body.length == 0) {
            return null;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
        String safe = withoutSecrets(text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN));
        return text.length() <= MOST_SHOWN ? safe : safe + "...";
    }

    private static String withoutSecrets(String text) {
        String safe = hide(text, FIELD, '"' + HIDDEN + '"', (all, head) -> endOfValue(all, head.end()));
        safe = hide(safe, PART, HIDDEN, ShownBody::endOfPart);
        safe = hide(safe, PARAMETER, HIDDEN, ShownBody::endOfParameter);
        return safe.indexOf('<') < 0 ? safe : elements(safe);
    }

    /** @param end where what belongs to a secret name ends, told by the text and the match of its head */
    private static String hide(String text, Pattern head, String hidden, ToIntBiFunction<String, Matcher> end) {
        Matcher named = head.matcher(text);
        StringBuilder safe = new StringBuilder(text.length());
        int shown = 0;
        while (named.find()) {
            if (named.start() >= shown && isSecret(named.group(1))) {
                safe.append(text, shown, named.end()).append(hidden);
                shown = end.applyAsInt(text, named);
            }
        }
        return safe.append(text, shown, text.length()).toString();
    }

    /** An element of a secret name with all that is in it; of one whose head says something secret every value there. */
    private static String elements(String text) {
        Matcher element = ELEMENT.matcher(text);
        StringBuilder safe = new StringBuilder(text.length());
        int shown = 0;
        while (element.find()) {
            if (element.start() < shown) {
                continue;
            }
            String name = element.group(1);
            String head = element.group(2);
            safe.append(text, shown, element.start(2));
            boolean secret = isSecret(name);
            safe.append(attributes(head, secret)).append('>');
            shown = element.end();
            if (secret && !head.endsWith("/")) {
                safe.append(HIDDEN);
                int end = text.indexOf("</" + name, shown);
                shown = end < 0 ? text.length() : end;
            }
        }
        return safe.append(text, shown, text.length()).toString();
    }

    /** Where a value says that another is secret, as in {@code key="password" value="..."}, all are hidden. */
    private static String attributes(String head, boolean secret) {
        boolean all = secret || ATTRIBUTE.matcher(head).results().anyMatch(found -> isSecret(found.group(3)));
        return ATTRIBUTE
                .matcher(head)
                .replaceAll(found -> Matcher.quoteReplacement(
                        all || isSecret(found.group(1))
                                ? found.group(1) + found.group(2) + '"' + HIDDEN + '"'
                                : found.group()));
    }

    private static boolean isSecret(String name) {
        return SECRET.matcher(name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME))
                .find();
    }

    private static int endOfPart(String rest, Matcher head) {
        int end = rest.indexOf("\n--", head.end());
        if (end < 0) {
            return rest.length();
        }
        return end > head.end() && rest.charAt(end - 1) == '\r' ? end - 1 : end;
    }

    private static int endOfParameter(String rest, Matcher head) {
        int at = head.end();
        while (at < rest.length() && "&\r\n".indexOf(rest.charAt(at)) < 0) {
            at++;
        }
        return at;
    }

    /** Of the JSON value that begins there, with all that is in it. */
    private static int endOfValue(String text, int start) {
        int depth = 0;
        int at = start;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                at = endOfString(text, at);
                if (depth == 0) {
                    return at;
                }
                continue;
            }
            if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                if (depth == 0) {
                    return at;
                }
                depth--;
                if (depth == 0) {
                    return at + 1;
                }
            } else if (depth == 0 && (c == ',' || Character.isWhitespace(c))) {
                return at;
            }
            at++;
        }
        return at;
    }

    private static int endOfString(String text, int quote) {
        int at = quote + 1;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '"') {
                return at + 1;
            }
            at++;
        }
        return text.length();
    }

    private static Pattern pattern(String expression) {
        return Pattern.compile(expression, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }
}
