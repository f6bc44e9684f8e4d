package dev.resilience.fallback;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of no driver. */
record FakeJdbc(
        String url,
        String sql,
        @Nullable String user,
        @Nullable String schema,
        @Nullable List<@Nullable Object> parameters,
        boolean query,
        boolean autoCommit)
        implements Request.Jdbc {

    static FakeJdbc query(String sql, Object... parameters) {
        return new FakeJdbc("jdbc:postgresql://db/booking", sql, "app", null, Arrays.asList(parameters), true, true);
    }

    FakeJdbc as(@Nullable String otherUser, @Nullable String otherSchema) {
        return new FakeJdbc(url, sql, otherUser, otherSchema, parameters, query, autoCommit);
    }
}
