package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.sql.ResultSetMetaData;
import java.sql.Types;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate 6 asks the connection whether a database that says that it is PostgreSQL is CockroachDB before it takes anything else from
 * its metadata, and does not start without an answer. It is taken for what its address names: CockroachDB behind PostgreSQL's
 * driver is PostgreSQL for an application that starts without it, unless that names its dialect.
 */
final class DialectQuestion {

    private static final String VERSION = "select version()";
    private static final List<String> WHO = List.of("org.hibernate.dialect.");

    private DialectQuestion() {}

    /** Whether it is Hibernate's question: an application's own has no such answer. */
    static boolean is(@Nullable String sql) {
        return sql != null && sql.strip().equalsIgnoreCase(VERSION) && Callers.are(WHO);
    }

    static Given answer(@Nullable String url) {
        String product = OfflineDatabase.product(url == null ? "" : url);
        return Given.rows(
                new Answer.RowSet(
                        "offline",
                        new Answer.Rows(
                                List.of(new Answer.Column(
                                        "version",
                                        "version",
                                        Types.VARCHAR,
                                        "text",
                                        String.class.getName(),
                                        product.length(),
                                        0,
                                        ResultSetMetaData.columnNullable,
                                        "",
                                        "")),
                                Collections.singletonList(new Object[] {product}))),
                url);
    }
}
