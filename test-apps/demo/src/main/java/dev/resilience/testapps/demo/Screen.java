package dev.resilience.testapps.demo;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What the stranger at the terminal sees. Colours only on a terminal that has them. Thread-safe. */
final class Screen {

    enum Colour {
        RED("31"),
        GREEN("32"),
        YELLOW("33"),
        BOLD("1"),
        DIM("2");

        private final String code;

        Colour(String code) {
            this.code = code;
        }
    }

    private final boolean coloured =
            System.console() != null && System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    void line(String format, Object... values) {
        out.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
    }

    void title(String text) {
        line("");
        line(paint(Colour.BOLD, text));
    }

    String paint(Colour colour, String text) {
        return coloured ? "\u001b[" + colour.code + "m" + text + "\u001b[0m" : text;
    }

    /** A state's name in the colour of its gravity. */
    String state(String state) {
        return switch (state) {
            case "CLOSED" -> paint(Colour.GREEN, state);
            case "OPEN" -> paint(Colour.RED, state);
            default -> paint(Colour.YELLOW, state);
        };
    }
}
