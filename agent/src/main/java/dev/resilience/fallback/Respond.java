package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig.Fallback;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSetMetaData;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The answer that the rule declares, its {@link Template places} filled from the call. Thread-safe. */
final class Respond implements Strategy {

    static final String NAME = "respond";

    private static final int FIRST_ERROR = 400;
    private static final byte[] EMPTY = {};

    private final Fallback.Respond declared;
    private final Template.Setting setting;
    private final @Nullable Template body;
    private final Map<String, Template> headers = new LinkedHashMap<>();
    private final boolean json;
    private final Answer.@Nullable Rows rows;

    Respond(Fallback.Respond declared, Template.Setting setting) {
        this.declared = declared;
        this.setting = setting;
        declared.headers().forEach((name, value) -> headers.put(name, new Template(value)));
        String text = declared.body();
        if (text == null && declared.status() >= FIRST_ERROR) {
            text = "{\"error\":\"Service temporarily unavailable\",\"message\":\"{message}\"}";
        }
        this.body = text == null || text.isEmpty() ? null : new Template(text);
        String type = contentType(declared.headers(), text);
        this.json = type.toLowerCase(Locale.ROOT).contains("json");
        if (body != null && !hasContentType(declared.headers())) {
            headers.put("Content-Type", new Template(type));
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
            return CompletableFuture.completedFuture(http(http, trouble));
        }
        Answer.Rows table = rows;
        boolean wanted = request instanceof Request.Jdbc jdbc && jdbc.query();
        return CompletableFuture.completedFuture(table == null || !wanted ? null : new Answer.RowSet(NAME, table));
    }

    private Answer.Http http(Request.Http request, Trouble trouble) {
        List<Answer.Header> filled = new ArrayList<>();
        headers.forEach((name, value) ->
                filled.add(new Answer.Header(name, value.fill(request, trouble, setting, Respond::oneLine))));
        byte[] bytes = body == null
                ? EMPTY
                : body.fill(request, trouble, setting, json ? JsonText::escaped : UnaryOperator.identity())
                        .getBytes(StandardCharsets.UTF_8);
        boolean bodiless = declared.status() == 204 || declared.status() == 304;
        if (!bodiless && !Headers.has(filled, "Content-Length")) {
            filled.add(new Answer.Header("Content-Length", Integer.toString(bytes.length)));
        }
        Marks.add(filled, NAME, setting.service(), trouble);
        boolean silent = bodiless || request.method().equalsIgnoreCase("HEAD");
        return new Answer.Http(NAME, declared.status(), List.copyOf(filled), silent ? EMPTY : bytes);
    }

    /** A value from outside must not begin another header. */
    private static String oneLine(String value) {
        StringBuilder line = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            line.append(c < ' ' || c > '~' ? '_' : c);
        }
        return line.toString();
    }

    /** As declared, or what the body looks like. */
    private static String contentType(Map<String, String> declared, @Nullable String text) {
        for (Map.Entry<String, String> header : declared.entrySet()) {
            if (header.getKey().equalsIgnoreCase("Content-Type")) {
                return header.getValue();
            }
        }
        String start = text == null ? "" : text.stripLeading();
        return start.startsWith("{") || start.startsWith("[") ? "application/json" : "text/plain; charset=utf-8";
    }

    private static boolean hasContentType(Map<String, String> declared) {
        return declared.keySet().stream().anyMatch("Content-Type"::equalsIgnoreCase);
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
