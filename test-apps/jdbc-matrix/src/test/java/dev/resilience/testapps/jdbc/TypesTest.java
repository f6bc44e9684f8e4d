package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stale row says what the driver's own row said, whatever getter it is asked by. */
class TypesTest {

    private static final Circuit CIRCUIT = new Circuit("types");

    /** What a getter gave, or that it could not. */
    private static final Object REFUSED = "refused";

    private static final Set<Integer> NUMERIC = Set.of(
            Types.BIT,
            Types.BOOLEAN,
            Types.TINYINT,
            Types.SMALLINT,
            Types.INTEGER,
            Types.BIGINT,
            Types.REAL,
            Types.FLOAT,
            Types.DOUBLE,
            Types.NUMERIC,
            Types.DECIMAL);

    private static final Set<Integer> TEMPORAL = Set.of(Types.DATE, Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE);

    private static final Set<Integer> BINARY = Set.of(Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB);

    private static final List<Class<?>> MOMENTS =
            List.of(LocalDate.class, LocalTime.class, LocalDateTime.class, OffsetDateTime.class, Instant.class);

    @TempDir
    static Path directory;

    @BeforeEach
    void closed() {
        CIRCUIT.reset();
    }

    @AfterAll
    static void leave_closed() {
        CIRCUIT.reset();
    }

    @Test
    void postgresql() throws Exception {
        same(
                "jdbc:postgresql://localhost:" + PostgresServer.port()
                        + "/postgres?user=postgres&ApplicationName=types",
                "select 1::int2 a, 2::int4 b, 3::int8 c, 4.50::numeric(10,2) d, 1.5::float4 e, 2.0::float8 f, true g,"
                        + " 'text' h, 'c '::char(3) i, '\\xcafe'::bytea j, '4f2d7f3a-1c58-4a8a-9a0e-0123456789ab'::uuid k,"
                        + " date '2024-02-29' l, time '09:05:00' m, timestamp '2024-01-31 09:05:00' n,"
                        + " timestamp '2024-01-31 09:05:00.123456' o, timestamptz '2024-01-31 09:05:00+02' p,"
                        + " '{\"a\": 1}'::jsonb q, '{\"a\": 1}'::json r, array[1,2,null]::int4[] s, array['x','y']::text[] t,"
                        + " interval '1 day 02:00' u, inet '10.0.0.1' v, null::int4 w, null::text x, -0.001::numeric y,"
                        + " 12::money z, timetz '09:05:00+02' aa");
    }

    @Test
    void h2() throws Exception {
        same(
                "jdbc:h2:mem:types",
                "select cast(1 as tinyint) a, cast(2 as smallint) b, 3 c, cast(4 as bigint) d, cast(4.25 as numeric(10,2)) e,"
                        + " cast(1.25 as real) f, cast(2 as double precision) g, true h, 'text' i, cast('c' as char(3)) j,"
                        + " x'cafe' k, cast('4f2d7f3a-1c58-4a8a-9a0e-0123456789ab' as uuid) l, date '2024-02-29' m,"
                        + " time '09:05:00' n, timestamp '2024-01-31 09:05:00' o, timestamp '2024-01-31 09:05:00.123456' p,"
                        + " timestamp with time zone '2024-01-31 09:05:00+02:00' q, array[1, 2, null] r, cast(null as int) s,"
                        + " cast('large' as clob) t, cast(x'cafe' as blob) u, cast('{\"a\":1}' as json) v");
    }

    @Test
    void mariadb_by_both_drivers() throws Exception {
        assumeTrue(MariaDbServer.installed(), "no mariadb-server-core on this machine");
        String sql =
                "select cast(1 as signed) a, cast(18446744073709551615 as unsigned) b, cast(4.50 as decimal(10,2)) c,"
                        + " cast(1.5 as float) d, cast(2 as double) e, 'text' f, x'cafe' g, date '2024-02-29' h, time '09:05:00' i,"
                        + " timestamp '2024-01-31 09:05:00' j, cast('2024-01-31 09:05:00.123456' as datetime(6)) k, true l,"
                        + " json_object('a', 1) m, null n";
        same("jdbc:mariadb://127.0.0.1:" + MariaDbServer.port() + "/test?user=root&x=types", sql);
        same("jdbc:mysql://127.0.0.1:" + MariaDbServer.port() + "/test?user=root&x=types&sslMode=DISABLED", sql);
    }

    @Test
    void sqlite() throws Exception {
        same(
                "jdbc:sqlite:" + directory.resolve("types.db"),
                "select 1 a, 2.5 b, 'text' c, x'cafe' d, null e, '2024-01-31 09:05:00' f");
    }

    /** The driver binds the moment that a date is, with its time of day. */
    @Test
    void sqlite_tells_two_moments_of_a_day_apart() throws Exception {
        CIRCUIT.reset();
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("types-moments.db"));
                PreparedStatement statement = connection.prepareStatement("select ? a")) {
            Date midnight = Date.valueOf("2024-01-31");
            Date later = new Date(midnight.getTime() + 60_000);
            assertThat(moment(statement, midnight)).isEqualTo(midnight.getTime());
            assertThat(moment(statement, later)).isEqualTo(later.getTime());
            open();
            assertThat(moment(statement, midnight)).isEqualTo(midnight.getTime());
            assertThatThrownBy(() -> moment(statement, later)).isInstanceOf(SQLException.class);
        }
    }

    private static long moment(PreparedStatement statement, Date date) throws SQLException {
        statement.setDate(1, date);
        try (ResultSet rows = statement.executeQuery()) {
            rows.next();
            long moment = rows.getLong(1);
            assertThat(rows.next()).isFalse();
            return moment;
        }
    }

    private static void same(String url, String sql) throws SQLException {
        CIRCUIT.reset();
        Map<String, Object> fresh = new LinkedHashMap<>();
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                read(rows, fresh);
                assertThat(rows.next()).isFalse();
            }
            open();
            Map<String, Object> stale = new LinkedHashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                assertThat((Throwable) rows.getWarnings()).isNotNull();
                assertThat(rows.next()).isTrue();
                read(rows, stale);
                assertThat(rows.next()).isFalse();
            }
            // What a driver refuses, a stale row may give.
            fresh.values().removeIf(REFUSED::equals);
            stale.keySet().retainAll(fresh.keySet());
            assertThat(stale).as(url).containsExactlyEntriesOf(fresh);
        }
    }

    /** No circuit is open by itself while the database is well: connections that nobody answers do it. */
    private static void open() {
        for (int i = 0; i < 200 && !CIRCUIT.state().equals("OPEN"); i++) {
            try {
                DriverManager.getConnection("jdbc:postgresql://localhost:1/types?user=x")
                        .close();
            } catch (SQLException refused) {
                // As wanted.
            }
        }
        assertThat(CIRCUIT.state()).isEqualTo("OPEN");
    }

    private static void read(ResultSet rows, Map<String, Object> into) throws SQLException {
        ResultSetMetaData metaData = rows.getMetaData();
        for (int i = 1; i <= metaData.getColumnCount(); i++) {
            int column = i;
            String name = metaData.getColumnLabel(i) + " ";
            into.put(name + "type", metaData.getColumnType(i));
            into.put(name + "typeName", metaData.getColumnTypeName(i));
            into.put(name + "className", metaData.getColumnClassName(i));
            into.put(name + "precision", metaData.getPrecision(i));
            put(into, name + "getObject", () -> comparable(rows.getObject(column)));
            put(into, name + "getString", () -> rows.getString(column));
            put(into, name + "wasNull", rows::wasNull);
            int sqlType = metaData.getColumnType(i);
            if (NUMERIC.contains(sqlType)) {
                put(into, name + "getBoolean", () -> rows.getBoolean(column));
                put(into, name + "getInt", () -> rows.getInt(column));
                put(into, name + "getLong", () -> rows.getLong(column));
                put(into, name + "getDouble", () -> rows.getDouble(column));
                put(into, name + "getBigDecimal", () -> plain(rows.getBigDecimal(column)));
            } else if (sqlType == Types.TIME || sqlType == Types.TIME_WITH_TIMEZONE) {
                put(into, name + "LocalTime", () -> rows.getObject(column, LocalTime.class));
                put(into, name + "OffsetTime", () -> rows.getObject(column, OffsetTime.class));
                put(into, name + "getTime", () -> rows.getTime(column));
            } else if (TEMPORAL.contains(sqlType)) {
                for (Class<?> type : MOMENTS) {
                    put(into, name + type.getSimpleName(), () -> comparable(rows.getObject(column, type)));
                }
                put(into, name + "getTimestamp", () -> rows.getTimestamp(column));
                // MariaDB's driver leaves the time of day in it.
                put(into, name + "getDate", () -> String.valueOf(rows.getDate(column)));
                put(into, name + "getTime", () -> String.valueOf(rows.getTime(column)));
            } else if (BINARY.contains(sqlType)) {
                put(into, name + "getBytes", () -> comparable(rows.getBytes(column)));
            } else {
                put(into, name + "UUID", () -> rows.getObject(column, UUID.class));
            }
        }
    }

    private static void put(Map<String, Object> into, String getter, Getter read) {
        Object value;
        try {
            value = read.get();
        } catch (SQLException | RuntimeException | AbstractMethodError refused) {
            value = REFUSED;
        }
        into.put(getter, value);
    }

    private static Object plain(BigDecimal value) {
        return value == null ? null : value.stripTrailingZeros().toPlainString();
    }

    private static Object comparable(Object value) throws SQLException {
        if (value instanceof byte[] bytes) {
            return Arrays.toString(bytes);
        }
        if (value instanceof Array array) {
            return array.getBaseTypeName() + Arrays.toString((Object[]) array.getArray());
        }
        if (value instanceof java.sql.Clob clob) {
            return clob.getSubString(1, (int) clob.length());
        }
        if (value instanceof java.sql.Blob blob) {
            return Arrays.toString(blob.getBytes(1, (int) blob.length()));
        }
        return value instanceof OffsetDateTime moment ? moment.toInstant() : value;
    }

    @FunctionalInterface
    interface Getter {
        Object get() throws SQLException;
    }
}
