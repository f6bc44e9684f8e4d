package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.StoredParameters;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Properties;
import java.util.TimeZone;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.PGobject;

/** A statement that waited in the queue writes what the application's own would have written, however its parameter was set. */
class QueuedParametersTest {

    private static EmbeddedPostgres server;

    private static final Calendar TOKYO = new GregorianCalendar(TimeZone.getTimeZone("Asia/Tokyo"));

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @FunctionalInterface
    interface Setting {
        void on(PreparedStatement statement) throws SQLException;
    }

    private record Way(String name, String url, String column, Setting setting) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Way> ways() throws SQLException {
        List<Way> ways = new ArrayList<>();
        String postgres = server.getJdbcUrl("postgres", "postgres");
        String h2 = "jdbc:h2:mem:parameters;DB_CLOSE_DELAY=-1";
        for (String url : List.of(postgres, h2)) {
            String at = url.substring(5, 7) + " ";
            String bytes = url.equals(h2) ? "varbinary" : "bytea";
            ways.add(new Way(at + "string", url, "varchar", s -> s.setString(1, "it's")));
            ways.add(new Way(at + "null", url, "int", s -> s.setNull(1, Types.INTEGER)));
            ways.add(new Way(at + "string as int", url, "int", s -> s.setObject(1, "17", Types.INTEGER)));
            ways.add(new Way(at + "int as text", url, "varchar", s -> s.setObject(1, 17, Types.VARCHAR)));
            ways.add(new Way(at + "scaled", url, "decimal(9, 2)", s -> s.setObject(1, "1.50", Types.NUMERIC, 2)));
            ways.add(new Way(at + "decimal", url, "decimal(9, 2)", s -> s.setBigDecimal(1, new BigDecimal("1.50"))));
            ways.add(new Way(at + "uuid", url, "uuid", s -> s.setObject(1, new UUID(1, 2))));
            ways.add(new Way(at + "bytes", url, bytes, s -> s.setBytes(1, new byte[] {1, -1})));
            ways.add(new Way(
                    at + "binary stream",
                    url,
                    bytes,
                    s -> s.setBinaryStream(1, new ByteArrayInputStream(new byte[] {1, 2, 3}), 2)));
            ways.add(new Way(
                    at + "characters",
                    url,
                    "varchar",
                    s -> s.setCharacterStream(1, new StringReader("rather long"), 6)));
            ways.add(new Way(
                    at + "ascii",
                    url,
                    "varchar",
                    s -> s.setAsciiStream(
                            1, new ByteArrayInputStream("plain".getBytes(StandardCharsets.US_ASCII)), 5)));
            ways.add(new Way(
                    at + "timestamp in Tokyo",
                    url,
                    "timestamp",
                    s -> s.setTimestamp(1, Timestamp.valueOf("2024-03-31 02:30:00.123456"), TOKYO)));
            ways.add(new Way(
                    at + "zoned timestamp in Tokyo",
                    url,
                    "timestamp with time zone",
                    s -> s.setTimestamp(1, Timestamp.valueOf("2024-03-31 02:30:00.5"), TOKYO)));
            ways.add(
                    new Way(at + "date in Tokyo", url, "date", s -> s.setDate(1, new Date(1_711_900_000_000L), TOKYO)));
            ways.add(new Way(at + "time in Tokyo", url, "time", s -> s.setTime(1, new Time(3_600_000), TOKYO)));
            ways.add(new Way(
                    at + "date as timestamp",
                    url,
                    "timestamp",
                    s -> s.setObject(1, Timestamp.valueOf("2024-01-02 03:04:05"), Types.TIMESTAMP)));
            ways.add(new Way(
                    at + "offset",
                    url,
                    "timestamp with time zone",
                    s -> s.setObject(1, OffsetDateTime.parse("2024-01-02T03:04:05+05:30"))));
        }
        ways.add(new Way("h2 by its own type", h2, "int", s -> s.setObject(1, "17", JDBCType.INTEGER)));
        ways.add(new Way("h2 blob", h2, "blob", s -> s.setBlob(1, new ByteArrayInputStream(new byte[] {7}))));
        ways.add(new Way("h2 clob", h2, "clob", s -> s.setClob(1, new StringReader("clobbed"))));
        ways.add(new Way("text as json", postgres, "jsonb", s -> s.setObject(1, "{\"a\": 1}", Types.OTHER)));
        ways.add(new Way("text as a mood", postgres, "mood", s -> s.setObject(1, "fine", Types.OTHER)));
        ways.add(new Way("json", postgres, "json", s -> s.setObject(1, of("json", "[1]"))));
        ways.add(new Way("json as other", postgres, "json", s -> s.setObject(1, of("json", "[1]"), Types.OTHER)));
        ways.add(new Way("address", postgres, "inet", s -> s.setObject(1, of("inet", "10.0.0.1"))));
        ways.add(new Way("no json", postgres, "json", s -> s.setObject(1, of("json", null))));
        ways.add(new Way(
                "array",
                postgres,
                "int[]",
                s -> s.setArray(1, s.getConnection().createArrayOf("int4", new Object[] {1, null, 3}))));
        return ways;
    }

    @ParameterizedTest
    @MethodSource("ways")
    void the_same_is_written_as_without_the_queue(Way way) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", way.url.contains("postgres") ? "postgres" : "sa");
        Origin origin = Origin.of(DriverManager.getDriver(way.url), way.url, properties);
        JdbcConnections.remember("parameters", origin, true);
        try (Connection connection = DriverManager.getConnection(way.url, properties);
                Statement statement = connection.createStatement()) {
            if (way.column.equals("mood")) {
                statement.execute("create type mood as enum ('fine', 'bad')");
            }
            statement.execute("create table written (what " + way.column + ")");
            try {
                List<Object> told;
                try (PreparedStatement insert = connection.prepareStatement("insert into written values (?)")) {
                    StatementState state =
                            new StatementState(new ConnectionState(origin, false), "insert", new Parameters());
                    way.setting.on(noting(state, insert));
                    told = state.parameters.list();
                    insert.execute();
                }
                assertThat(told).isNotNull().hasSize(1);
                new JdbcConnections()
                        .run(
                                new QueuedCall.Jdbc(
                                        ShownUrl.of(way.url),
                                        properties.getProperty("user"),
                                        null,
                                        "insert into written values (?)",
                                        StoredParameters.writtenAndRead(told)),
                                Duration.ofSeconds(30));
                try (ResultSet rows = statement.executeQuery("select what from written")) {
                    assertThat(rows.next()).isTrue();
                    String own = rows.getString(1);
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo(own);
                }
            } finally {
                statement.execute("drop table written");
            }
        }
    }

    /** A stream is left as it was; one that can be read but once, or is too long, is not told. */
    @Test
    void streams_are_told_only_where_that_takes_nothing_from_them() {
        ByteArrayInputStream stream = new ByteArrayInputStream(new byte[] {1, 2, 3});
        assertThat(stream.read()).isEqualTo(1);
        assertThat(HowSet.streamed("setBinaryStream", stream, null)).isNotNull();
        assertThat(stream.read()).isEqualTo(2);
        assertThat(HowSet.streamed("setBinaryStream", new java.io.BufferedInputStream(stream), null))
                .isNull();
        assertThat(HowSet.streamed("setBinaryStream", new ByteArrayInputStream(new byte[HowSet.MOST + 1]), null))
                .isNull();
        assertThat(HowSet.streamed("setCharacterStream", new StringReader("x".repeat(HowSet.MOST + 1)), null))
                .isNull();
        assertThat(HowSet.streamed("setCharacterStream", new StringReader("x".repeat(HowSet.MOST)), null))
                .isNotNull();
    }

    private static PGobject of(String type, String value) throws SQLException {
        PGobject object = new PGobject();
        object.setType(type);
        object.setValue(value);
        return object;
    }

    /** Sets on the real statement, and tells the adapter as woven code does. */
    private static PreparedStatement noting(StatementState state, PreparedStatement real) {
        return (PreparedStatement) Proxy.newProxyInstance(
                QueuedParametersTest.class.getClassLoader(),
                new Class<?>[] {PreparedStatement.class},
                (proxy, method, arguments) -> {
                    Noting.Note note = method.getName().startsWith("set") ? Noting.noteOf(method.getName()) : null;
                    if (note != null) {
                        note.take(state, arguments[0], arguments[1], arguments.length > 2 ? arguments[2] : null);
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }
}
