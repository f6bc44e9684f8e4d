package dev.resilience.cli;

import dev.resilience.cli.Screen.Tone;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, each column as wide as its widest cell. */
final class Table {

    private final List<Cell[]> rows = new ArrayList<>();
    private final int columns;

    Table(String... headings) {
        columns = headings.length;
        Cell[] head = new Cell[columns];
        for (int i = 0; i < columns; i++) {
            head[i] = new Cell(headings[i], Tone.HEAD);
        }
        rows.add(head);
    }

    Table row(Cell... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns + " columns");
        }
        rows.add(cells);
        return this;
    }

    boolean isEmpty() {
        return rows.size() == 1;
    }

    void print(Screen screen) {
        int[] widths = new int[columns];
        for (Cell[] row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], width(row[i].text));
            }
        }
        for (Cell[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(screen.in(row[i].tone, row[i].text));
                if (i < columns - 1) {
                    line.append(" ".repeat(widths[i] - width(row[i].text) + 2));
                }
            }
            screen.line(line.toString().stripTrailing());
        }
    }

    static Cell cell(String text) {
        return new Cell(text, Tone.PLAIN);
    }

    static Cell cell(String text, Tone tone) {
        return new Cell(text, tone);
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    /** One cell; what comes from outside cannot steer the terminal. */
    record Cell(String text, Tone tone) {

        Cell {
            text = text.codePoints()
                    .map(c -> Character.isISOControl(c) ? ' ' : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
        }
    }
}
