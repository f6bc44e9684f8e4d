package dev.resilience.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.Node;

/** Gathers what is wrong with one file, up to a bound: a hostile file must not fill the log. Not thread-safe. */
final class Problems {

    private static final int MOST = 100;

    /** Longer texts are cut when shown. */
    private static final int SHOWN = 60;

    private final String file;
    private final List<ConfigProblem> found = new ArrayList<>();
    private final List<ConfigProblem> warnings = new ArrayList<>();
    private final List<Path> awaited = new ArrayList<>();
    private boolean more;

    Problems(String file) {
        this.file = file;
    }

    void file(String what) {
        add(new ConfigProblem(file, 0, 0, what, null, null));
    }

    void at(int line, int column, String what) {
        add(new ConfigProblem(file, line, column, what, null, null));
    }

    void at(@Nullable Mark mark, String what) {
        add(problem(mark, what, null, null));
    }

    void at(Node node, String what) {
        add(problem(node.getStartMark(), what, null, null));
    }

    void at(Node node, String what, @Nullable String expected, @Nullable String nearest) {
        add(problem(node.getStartMark(), what, expected, nearest));
    }

    void warn(Node node, String what) {
        if (warnings.size() < MOST) {
            warnings.add(problem(node.getStartMark(), what, null, null));
        }
    }

    /** A file that is named could not be read. */
    void await(Path named) {
        if (awaited.size() < MOST) {
            awaited.add(named);
        }
    }

    List<Path> awaited() {
        return List.copyOf(awaited);
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    boolean isFull() {
        return more;
    }

    List<ConfigProblem> sorted() {
        List<ConfigProblem> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparingInt(ConfigProblem::line).thenComparingInt(ConfigProblem::column));
        if (more) {
            sorted.add(new ConfigProblem(file, 0, 0, "and more problems; these are the first " + MOST, null, null));
        }
        return List.copyOf(sorted);
    }

    List<ConfigProblem> warnings() {
        return List.copyOf(warnings);
    }

    /** A text from the file as it may be shown: on one line, cut, and without credentials. */
    static String shown(String text) {
        StringBuilder out = new StringBuilder();
        String safe = Credentials.hidden(text);
        for (int i = 0; i < safe.length() && out.length() < SHOWN; i++) {
            char c = safe.charAt(i);
            out.append(Character.isISOControl(c) ? ' ' : c);
        }
        return "`" + out + (safe.length() > SHOWN ? "…" : "") + "`";
    }

    private ConfigProblem problem(
            @Nullable Mark mark, String what, @Nullable String expected, @Nullable String nearest) {
        return mark == null
                ? new ConfigProblem(file, 0, 0, what, expected, nearest)
                : new ConfigProblem(file, mark.getLine() + 1, mark.getColumn() + 1, what, expected, nearest);
    }

    private void add(ConfigProblem problem) {
        if (found.contains(problem)) {
            return;
        }
        if (found.size() < MOST) {
            found.add(problem);
        } else {
            more = true;
        }
    }
}
