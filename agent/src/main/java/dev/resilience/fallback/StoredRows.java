package dev.resilience.fallback;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A query's rows as they are kept.
 *
 * <p>Bytes: {@code 0xCC}, version, number of columns, each row a 1 and its values, a 0, then the columns: they are known
 * last.
 */
final class StoredRows {

    static final int MOST_BYTES = 1 << 20;
    static final int MOST_ROWS = 10_000;
    private static final int MOST_COLUMNS = 2_000;

    private static final int MAGIC = 0xCC;

    /** The first said less of a column. */
    private static final int VERSION = 2;

    private StoredRows() {}

    static void begin(ByteWriter to, int columns) {
        to.octet(MAGIC);
        to.octet(VERSION);
        to.number(columns);
    }

    /** @return false when one of the values cannot be kept */
    static boolean writeRow(ByteWriter to, @Nullable Object[] values) {
        to.octet(1);
        for (Object value : values) {
            if (!SqlValues.write(to, value)) {
                return false;
            }
        }
        return true;
    }

    static void end(ByteWriter to, List<Answer.Column> columns) {
        to.octet(0);
        for (Answer.Column column : columns) {
            to.text(column.label());
            to.text(column.name());
            to.signed(column.sqlType());
            to.text(column.typeName());
            to.text(column.className());
            to.signed(column.precision());
            to.signed(column.scale());
            to.signed(column.nullable());
            to.text(column.table());
            to.text(column.schema());
            to.text(column.traits().catalog());
            to.signed(column.traits().displaySize());
            to.number(column.traits().which());
        }
    }

    /** @throws RuntimeException when the bytes are no such rows */
    static Answer.Rows read(byte[] bytes) {
        if (bytes.length > MOST_BYTES) {
            throw new ByteReader.Malformed(bytes.length + " bytes");
        }
        ByteReader from = new ByteReader(bytes);
        int magic = from.octet();
        int version = from.octet();
        if (magic != MAGIC || version < 1 || version > VERSION) {
            throw new ByteReader.Malformed("no stored rows of this version");
        }
        int width = from.count(MOST_COLUMNS);
        List<@Nullable Object[]> rows = new ArrayList<>();
        while (from.octet() == 1) {
            if (rows.size() == MOST_ROWS) {
                throw new ByteReader.Malformed("too many rows");
            }
            @Nullable Object[] row = new @Nullable Object[width];
            for (int i = 0; i < width; i++) {
                row[i] = SqlValues.read(from);
            }
            rows.add(row);
        }
        List<Answer.Column> columns = new ArrayList<>(width);
        for (int i = 0; i < width; i++) {
            columns.add(readColumn(from, version));
        }
        if (from.remaining() > 0) {
            throw new ByteReader.Malformed("more than rows");
        }
        return new Answer.Rows(columns, rows);
    }

    private static Answer.Column readColumn(ByteReader from, int version) {
        Answer.Column first = new Answer.Column(
                from.text(),
                from.text(),
                (int) from.signed(),
                from.text(),
                from.text(),
                (int) from.signed(),
                (int) from.signed(),
                (int) from.signed(),
                from.text(),
                from.text());
        return version == 1
                ? first
                : first.with(new Answer.Traits(from.text(), (int) from.signed(), (int) from.number()));
    }
}
