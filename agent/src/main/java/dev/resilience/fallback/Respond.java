package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig.Fallback;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSetMetaData;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The answer that the rule declares. Thread-safe. */
final class Respond implements Strategy {

    static final String NAME = "respond";

    private static final int FIRST_ERROR = 400;
    private static final byte[] EMPTY = {};

    private final String service;
    private final Fallback.Respond declared;
    private final byte[] body;
    private final @Nullable String contentType;
    private final Answer.@Nullable Rows rows;

    /** @param message what people read while the service is down */
    Respond(String service, Fallback.Respond declared, String message) {
        this.service = service;
        this.declared = declared;
        String text = declared.body();
        boolean error = text == null && declared.status() >= FIRST_ERROR;
        if (error) {
            text = "{\"error\":\"Service temporarily unavailable\",\"message\":" + JsonText.quoted(message) + "}";
        }
        this.body = text == null ? EMPTY : text.getBytes(StandardCharsets.UTF_8);
        this.contentType = text == null || text.isEmpty() ? null : contentType(text);
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
            return CompletableFuture.completedFuture(http(http, trouble));
        }
        Answer.Rows table = rows;
        boolean wanted = request instanceof Request.Jdbc jdbc && jdbc.query();
        return CompletableFuture.completedFuture(table == null || !wanted ? null : new Answer.RowSet(NAME, table));
    }

    private Answer.Http http(Request.Http request, Trouble trouble) {
        List<Answer.Header> headers = new ArrayList<>();
        declared.headers().forEach((name, value) -> headers.add(new Answer.Header(name, value)));
        if (contentType != null && !Headers.has(headers, "Content-Type")) {
            headers.add(new Answer.Header("Content-Type", contentType));
        }
        boolean bodiless = declared.status() == 204 || declared.status() == 304;
        if (!bodiless && !Headers.has(headers, "Content-Length")) {
            headers.add(new Answer.Header("Content-Length", Integer.toString(body.length)));
        }
        Marks.add(headers, NAME, service, trouble);
        boolean silent = bodiless || request.method().equalsIgnoreCase("HEAD");
        return new Answer.Http(NAME, declared.status(), List.copyOf(headers), silent ? EMPTY : body);
    }

    /** What the body looks like; a rule that knows better declares it. */
    private static String contentType(String text) {
        String start = text.stripLeading();
        return start.startsWith("{") || start.startsWith("[") ? "application/json" : "text/plain; charset=utf-8";
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
