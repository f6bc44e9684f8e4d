package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Console;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Where commands print: coloured on a terminal, plain when piped. Used by one thread. */
final class Screen {

    /** What a piece of text says, as a colour. */
    enum Tone {
        PLAIN(""),
        GOOD("32"),
        WARN("33"),
        BAD("31;1"),
        QUIET("2"),
        HEAD("1");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    private final PrintStream out;
    private final boolean coloured;
    private final PrintWriter writer;

    Screen(PrintStream out, boolean coloured) {
        this.out = out;
        this.coloured = coloured;
        this.writer = new PrintWriter(out, true, StandardCharsets.UTF_8);
    }

    /** This process's own. */
    static Screen ofProcess() {
        boolean wanted = System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
        return new Screen(new PrintStream(System.out, true, StandardCharsets.UTF_8), wanted && isTerminal());
    }

    void line(String text) {
        out.println(text);
    }

    /** For what prints by itself. */
    PrintWriter writer() {
        return writer;
    }

    void json(JsonNode answer) {
        out.println(Json.pretty(answer));
    }

    /** Takes the screen to its beginning, where there is one; else parts what follows by a line. */
    void again() {
        if (coloured) {
            out.print("\u001b[H\u001b[2J");
        } else {
            out.println();
        }
    }

    /** The text in the colour of its tone, where there are colours. */
    String in(Tone tone, String text) {
        return coloured && tone != Tone.PLAIN && !text.isEmpty()
                ? "\u001b[" + tone.code + "m" + text + "\u001b[0m"
                : text;
    }

    boolean isColoured() {
        return coloured;
    }

    /** From Java 22 on there is a console also when nothing of it is a terminal. */
    private static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException olderJava) {
            return true;
        }
    }
}
