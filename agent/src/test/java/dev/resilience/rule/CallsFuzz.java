package dev.resilience.rule;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Statements, addresses and patterns: a first line that is matched, and a rest that it is matched with. */
public final class CallsFuzz {

    private CallsFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        SqlText.onlyReads(text);
        SqlFunctions.notPure(text);
        SqlText.normalised(text);
        SqlText.withoutLiterals(text, "jdbc:mysql://db/booking");
        String secret = text.replaceAll("['\\\\]", "");
        String shown = SqlText.withoutLiterals("select '" + secret + "' from t", "jdbc:postgresql://db/booking");
        if (!shown.equals(SqlText.withoutLiterals("select '' from t", null))) {
            throw new AssertionError("shown of a literal: " + shown);
        }
        int end = text.indexOf('\n');
        String pattern = end < 0 ? text : text.substring(0, end);
        String rest = end < 0 ? text : text.substring(end + 1);
        RuleTable<String> rules = RuleTable.<String>builder()
                .http("http", Set.of(), null, pattern, null, pattern)
                .jdbc("jdbc", pattern, pattern)
                .build();
        rules.http("GET", "http", rest, 0, rest);
        rules.jdbc(rest, rest);
        rules.shadowed();
        try {
            SafeUrl.of(new URI(rest));
        } catch (URISyntaxException none) {
            // No address.
        }
    }
}
