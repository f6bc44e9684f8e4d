package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig.Fallback;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.ResultSetMetaData;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The answer that the rule declares for what became of the call. Thread-safe. */
final class Respond implements Strategy {

    static final String NAME = "respond";

    private final DeclaredAnswer usual;
    private final List<Case> cases = new ArrayList<>();
    private final Answer.@Nullable Rows rows;

    private record Case(Fallback.Case declared, DeclaredAnswer answer) {

        boolean isFor(Trouble trouble) {
            if (trouble.rejected()) {
                return declared.rejected();
            }
            return trouble.status() == 0
                    ? declared.noResponse()
                    : declared.status().stream().anyMatch(range -> range.contains(trouble.status()));
        }
    }

    Respond(Fallback.Respond declared, Template.Setting setting) {
        this.usual = new DeclaredAnswer(declared.usual(), setting);
        for (Fallback.Case one : declared.cases()) {
            cases.add(new Case(one, new DeclaredAnswer(one.answer(), setting)));
        }
        Fallback.Rows table = declared.rows();
        this.rows = table == null ? null : rows(table);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble) {
        if (request instanceof Request.Http http) {
            return CompletableFuture.completedFuture(answerFor(trouble).fill(http, trouble));
        }
        Answer.Rows table = rows;
        boolean wanted = request instanceof Request.Jdbc jdbc && jdbc.query();
        return CompletableFuture.completedFuture(table == null || !wanted ? null : new Answer.RowSet(NAME, table));
    }

    private DeclaredAnswer answerFor(Trouble trouble) {
        for (Case one : cases) {
            if (one.isFor(trouble)) {
                return one.answer();
            }
        }
        return usual;
    }

    private static Answer.Rows rows(Fallback.Rows table) {
        List<Answer.Column> columns = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            columns.add(column(table, i));
        }
        List<@Nullable Object[]> values = new ArrayList<>();
        for (List<@Nullable Object> row : table.values()) {
            values.add(row.toArray());
        }
        return new Answer.Rows(List.copyOf(columns), List.copyOf(values));
    }

    /** A column of the one type that all its values have; text, where they differ or are all null. */
    private static Answer.Column column(Fallback.Rows table, int index) {
        Class<?> type = null;
        for (List<@Nullable Object> row : table.values()) {
            Object value = row.get(index);
            if (value != null) {
                type = type == null || type == value.getClass() ? value.getClass() : Object.class;
            }
        }
        int sqlType = sqlType(type);
        String name = table.columns().get(index);
        String className = sqlType == Types.VARCHAR || type == null ? String.class.getName() : type.getName();
        return new Answer.Column(
                name, name, sqlType, typeName(sqlType), className, 0, 0, ResultSetMetaData.columnNullable, "", "");
    }

    private static int sqlType(@Nullable Class<?> type) {
        if (type == Boolean.class) {
            return Types.BOOLEAN;
        }
        if (type == Integer.class) {
            return Types.INTEGER;
        }
        if (type == Long.class) {
            return Types.BIGINT;
        }
        if (type == Double.class) {
            return Types.DOUBLE;
        }
        return type == BigDecimal.class || type == BigInteger.class ? Types.NUMERIC : Types.VARCHAR;
    }

    private static String typeName(int sqlType) {
        return switch (sqlType) {
            case Types.BOOLEAN -> "BOOLEAN";
            case Types.INTEGER -> "INTEGER";
            case Types.BIGINT -> "BIGINT";
            case Types.DOUBLE -> "DOUBLE";
            case Types.NUMERIC -> "NUMERIC";
            default -> "VARCHAR";
        };
    }
}
