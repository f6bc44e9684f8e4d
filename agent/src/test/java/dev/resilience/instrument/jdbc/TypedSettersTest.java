package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.TimeZone;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A stored answer is given to who sets the same parameter in the same way, and to nobody else. */
class TypedSettersTest {

    @FunctionalInterface
    private interface Setting {
        void on(PreparedStatement statement) throws SQLException;
    }

    /** Two values of one type, and how they are set. */
    private record Setters(String type, Setting one, Setting other) {}

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints:
                  - {name: all, jdbc: {url: "*"}, fallback: [stale_cache]}
            """);

    @Test
    void h2() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:setters")) {
            List<Setters> all = new ArrayList<>(setters());
            all.add(new Setters("varchar", s -> s.setNString(1, "a"), s -> s.setNString(1, "b")));
            all.add(new Setters(
                    "int", s -> s.setObject(1, 1, JDBCType.INTEGER), s -> s.setObject(1, 2, JDBCType.INTEGER)));
            tells(connection, all);
        }
    }

    @Test
    void postgresql() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start();
                Connection connection = server.getPostgresDatabase().getConnection()) {
            tells(connection, setters());
        }
    }

    /** What can be read but once is the driver's alone, and its answer is not kept. */
    @Test
    void a_stream_that_cannot_be_told_has_no_answer_and_reaches_the_driver_whole() throws SQLException {
        String sql = "select char_length(cast(? as varchar))";
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:setters");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setCharacterStream(1, once(), 4);
            assertThat(read(statement)).containsExactly("4");
            under.open("database", "jdbc:h2:mem:setters");
            statement.setCharacterStream(1, once(), 4);
            assertThatThrownBy(statement::executeQuery).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    private void tells(Connection connection, List<Setters> all) throws SQLException {
        for (Setters setters : all) {
            String sql = "select cast(? as " + setters.type + ")";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                setters.one.on(statement);
                List<String> own = read(statement);
                under.open("database", "jdbc:h2:mem:setters");
                setters.one.on(statement);
                assertThat(read(statement)).as(setters.type).isEqualTo(own);
                setters.other.on(statement);
                assertThatThrownBy(statement::executeQuery, setters.type)
                        .isInstanceOf(SQLTransientConnectionException.class);
                statement.clearParameters();
                setters.one.on(statement);
                assertThat(read(statement)).as(setters.type).isEqualTo(own);
                under.reset("database");
            }
        }
    }

    private static List<String> read(PreparedStatement statement) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private static InputStreamReader once() {
        return new InputStreamReader(
                new ByteArrayInputStream("once".getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    private static List<Setters> setters() {
        Calendar tokyo = new GregorianCalendar(TimeZone.getTimeZone("Asia/Tokyo"));
        return List.of(
                new Setters("varchar", s -> s.setString(1, "a"), s -> s.setString(1, "b")),
                new Setters("varchar", s -> s.setString(1, "a"), s -> s.setNull(1, Types.VARCHAR)),
                new Setters("int", s -> s.setNull(1, Types.INTEGER), s -> s.setInt(1, 0)),
                new Setters("int", s -> s.setObject(1, null), s -> s.setObject(1, 0)),
                new Setters("smallint", s -> s.setShort(1, (short) 1), s -> s.setShort(1, (short) 2)),
                new Setters("smallint", s -> s.setByte(1, (byte) 1), s -> s.setByte(1, (byte) 2)),
                new Setters("bigint", s -> s.setLong(1, 1), s -> s.setLong(1, 2)),
                new Setters("real", s -> s.setFloat(1, 1), s -> s.setFloat(1, 2)),
                new Setters("double precision", s -> s.setDouble(1, 1), s -> s.setDouble(1, 2)),
                new Setters("boolean", s -> s.setBoolean(1, true), s -> s.setBoolean(1, false)),
                new Setters(
                        "numeric(9,2)",
                        s -> s.setBigDecimal(1, new BigDecimal("1.00")),
                        s -> s.setBigDecimal(1, new BigDecimal("1.01"))),
                new Setters("int", s -> s.setObject(1, "1", Types.INTEGER), s -> s.setObject(1, "2", Types.INTEGER)),
                new Setters(
                        "numeric(9,2)",
                        s -> s.setObject(1, new BigDecimal("1.5"), Types.NUMERIC, 1),
                        s -> s.setObject(1, new BigDecimal("2.5"), Types.NUMERIC, 1)),
                new Setters(
                        "date",
                        s -> s.setDate(1, Date.valueOf("2024-02-28")),
                        s -> s.setDate(1, Date.valueOf("2024-02-29"))),
                new Setters(
                        "time",
                        s -> s.setTime(1, Time.valueOf("09:00:00")),
                        s -> s.setTime(1, Time.valueOf("09:00:01"))),
                new Setters(
                        "timestamp",
                        s -> s.setTimestamp(1, new Timestamp(1_700_000_000_000L)),
                        s -> s.setTimestamp(1, new Timestamp(1_700_000_000_000L), tokyo)),
                new Setters(
                        "date",
                        s -> s.setObject(1, LocalDate.of(2024, 2, 28)),
                        s -> s.setObject(1, LocalDate.of(2024, 2, 29))),
                new Setters(
                        "timestamp with time zone",
                        s -> s.setObject(1, OffsetDateTime.parse("2024-01-01T09:00:00+01:00")),
                        s -> s.setObject(1, OffsetDateTime.parse("2024-01-01T09:00:00+02:00"))),
                new Setters("uuid", s -> s.setObject(1, new UUID(1, 2)), s -> s.setObject(1, new UUID(1, 3))),
                new Setters(
                        "varchar",
                        s -> s.setCharacterStream(1, new StringReader("abc"), 3),
                        s -> s.setCharacterStream(1, new StringReader("abd"), 3)),
                new Setters(
                        "varchar",
                        s -> s.setCharacterStream(1, new StringReader("xyz"), 2),
                        s -> s.setCharacterStream(1, new StringReader("xyz"), 3)));
    }
}
