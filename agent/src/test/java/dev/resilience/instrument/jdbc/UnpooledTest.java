package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** The driver alone: what was read over a connection is answered on one that could not be had. */
class UnpooledTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table staff(id int, name text)",
            "insert into staff values (1, 'ann'), (2, 'bob')",
            "create schema other",
            "create table other.staff(id int, name text)",
            "insert into other.staff values (1, 'eve')");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: writes, jdbc: {url: "jdbc:postgresql:*", sql: "insert *"}, fallback: [queue]}
                  - {name: all, jdbc: {url: "jdbc:postgresql:*"}, fallback: [stale_cache]}
            """);

    @FunctionalInterface
    private interface Setting {
        void on(PreparedStatement statement) throws SQLException;
    }

    @FunctionalInterface
    private interface Reading {
        List<String> of(Connection connection) throws SQLException;
    }

    @Test
    void whatever_setter_the_parameter_was_set_by() throws SQLException {
        List<Setting> settings = List.of(
                s -> s.setString(1, "ann"),
                s -> s.setObject(1, "ann"),
                s -> s.setObject(1, "ann", Types.VARCHAR),
                s -> s.setCharacterStream(1, new StringReader("ann"), 3),
                s -> s.setAsciiStream(1, new ByteArrayInputStream("ann".getBytes(StandardCharsets.US_ASCII)), 3),
                s -> s.setNull(1, Types.VARCHAR));
        for (Setting setting : settings) {
            try (Connection connection = connect()) {
                names(connection, setting);
            }
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            for (int i = 0; i < settings.size() - 1; i++) {
                assertThat(names(offline, settings.get(i))).as("setter %d", i).containsExactly("ann");
            }
            assertThat(names(offline, settings.get(settings.size() - 1))).isEmpty();
            assertThatThrownBy(() -> names(offline, s -> s.setString(1, "bob"))).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void of_the_schema_that_was_set() throws SQLException {
        Reading reading = connection -> {
            connection.setSchema("other");
            return names(connection, "select name from staff");
        };
        assertServed(reading, "eve");
        try (Connection offline = connect()) {
            assertThatThrownBy(() -> names(offline, "select name from staff")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void behind_a_comment() throws SQLException {
        assertServed(connection -> executed(connection, "/* hint */ select name from staff order by id"), "ann", "bob");
        under.reset("database");
        assertServed(connection -> executed(connection, "-- who\nselect name from staff order by name"), "ann", "bob");
    }

    @Test
    void to_nobody_who_comes_with_another_password_than_the_database_took() throws SQLException {
        String sql = "select name from staff where id = 2";
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(POSTGRES.url().replaceAll("\\?.*", ""));
        try (Connection connection = DriverManager.getConnection(POSTGRES.url(), "postgres", "right")) {
            assertThat(names(connection, sql)).containsExactly("bob");
        }
        try (Connection connection = source.getConnection("postgres", "right")) {
            assertThat(names(connection, sql)).containsExactly("bob");
        }
        source.setUser("postgres");
        source.setPassword("right");
        try (Connection connection = source.getConnection()) {
            assertThat(names(connection, sql)).containsExactly("bob");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = DriverManager.getConnection(POSTGRES.url(), "postgres", "right")) {
            assertThat(names(offline, sql)).containsExactly("bob");
        }
        try (Connection offline = source.getConnection("postgres", "right")) {
            assertThat(names(offline, sql)).containsExactly("bob");
        }
        assertThatThrownBy(() -> DriverManager.getConnection(POSTGRES.url(), "postgres", "wrong"))
                .isInstanceOf(SQLTransientConnectionException.class);
        assertThatThrownBy(() -> source.getConnection("postgres", "wrong"))
                .isInstanceOf(SQLTransientConnectionException.class);
        source.setPassword("wrong");
        assertThatThrownBy(source::getConnection).isInstanceOf(SQLTransientConnectionException.class);
        source.setPassword("right");
        try (Connection offline = source.getConnection()) {
            assertThat(names(offline, sql)).containsExactly("bob");
        }
    }

    @Test
    void to_no_source_of_a_kind_never_seen_that_has_another_password() throws SQLException {
        String sql = "select name from staff where id = 2";
        try (Connection connection = DriverManager.getConnection(POSTGRES.url(), "postgres", "right")) {
            assertThat(names(connection, sql)).containsExactly("bob");
        }
        under.open("database", POSTGRES.url());
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(POSTGRES.url().replaceAll("\\?.*", ""));
        source.setUser("postgres");
        for (String wrong : new String[] {"wrong", null}) {
            source.setPassword(wrong);
            assertThatThrownBy(source::getConnection).isInstanceOf(SQLTransientConnectionException.class);
        }
        source.setPassword("right");
        try (Connection offline = source.getConnection()) {
            assertThat(OfflineConnections.is(offline)).isTrue();
        }
    }

    @Test
    void as_long_as_its_statement_leaves_it_open() throws SQLException {
        String sql = "select name from staff order by id desc";
        try (Connection connection = connect()) {
            names(connection, sql);
            under.open("database", POSTGRES.url());
            for (Connection asked : List.of(connection, connect())) {
                Statement statement = asked.createStatement();
                ResultSet first = statement.executeQuery(sql);
                assertThat(first.next()).isTrue();
                ResultSet second = statement.executeQuery(sql);
                assertThat(first.isClosed()).isTrue();
                assertThat(second.next()).isTrue();
                statement.close();
                assertThatThrownBy(second::next).isInstanceOf(SQLException.class);
                asked.close();
            }
        }
    }

    @Test
    void and_not_cut_short_for_who_wants_it_whole() throws SQLException {
        String sql = "select name from staff where id = 1";
        try (Connection connection = connect();
                Statement cutting = connection.createStatement()) {
            cutting.setMaxFieldSize(2);
            assertThat(all(cutting.executeQuery(sql))).containsExactly("an");
            under.open("database", POSTGRES.url());
            assertThat(all(cutting.executeQuery(sql))).containsExactly("an");
            assertThatThrownBy(() -> names(connection, sql)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void but_not_what_was_never_committed() throws SQLException {
        String sql = "select name from staff where id > 1 order by id";
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            run(connection, "insert into staff values (3, 'ghost')");
            assertThat(names(connection, sql)).containsExactly("bob", "ghost");
            connection.rollback();
            connection.setAutoCommit(true);
            run(connection, "begin");
            run(connection, "insert into staff values (3, 'ghost')");
            assertThat(names(connection, sql)).containsExactly("bob", "ghost");
            run(connection, "rollback");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThatThrownBy(() -> names(offline, sql)).isInstanceOf(SQLException.class);
        }
        under.reset("database");
        try (Connection connection = connect()) {
            run(connection, "update staff set name = name");
            assertThat(names(connection, sql)).containsExactly("bob");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThat(names(offline, sql)).containsExactly("bob");
        }
    }

    @Test
    void nor_of_a_transaction_that_is_told_again_what_it_is() throws SQLException {
        String sql = "select name from staff where id > 1 order by name";
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            run(connection, "insert into staff values (3, 'ghost')");
            connection.setAutoCommit(false);
            assertThat(names(connection, sql)).containsExactly("bob", "ghost");
            connection.rollback();
            connection.setAutoCommit(true);
            run(connection, "begin");
            run(connection, "insert into staff values (3, 'ghost')");
            connection.setAutoCommit(true);
            assertThat(names(connection, sql)).containsExactly("bob", "ghost");
            run(connection, "rollback");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThatThrownBy(() -> names(offline, sql)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void also_to_who_wrote_before_in_transactions_of_their_own() throws SQLException {
        String sql = "select name from staff where id = 2";
        String write = "update staff set name = name where id = 2";
        try (Connection connection = connect();
                Connection losing = connect()) {
            names(connection, sql);
            for (Connection each : List.of(connection, losing)) {
                run(each, write);
            }
            try (Connection killer = connect()) {
                run(
                        killer,
                        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                                + " and backend_type = 'client backend'");
            }
            assertThat(names(connection, sql)).containsExactly("bob");
            assertThatThrownBy(() -> run(losing, write)).isInstanceOf(SQLException.class);
            assertThat(names(losing, sql)).containsExactly("bob");
        }
    }

    @Test
    void but_not_of_a_table_that_only_one_session_had() throws SQLException {
        String sql = "select name from staff where id < 9";
        try (Connection connection = connect()) {
            run(connection, "create temporary table staff as select 5 as id, 'mine' as name");
            assertThat(names(connection, sql)).containsExactly("mine");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThatThrownBy(() -> names(offline, sql)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void and_no_statement_of_a_transaction_is_queued_however_it_began() throws SQLException {
        try (Connection connection = connect()) {
            run(connection, "begin");
            under.open("database", POSTGRES.url());
            assertThatThrownBy(() -> run(connection, "insert into staff values (4, 'later')"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("it is part of a transaction");
            for (String control : List.of("savepoint a", "begin")) {
                assertThatThrownBy(() -> run(connection, control)).isInstanceOf(SQLException.class);
            }
            run(connection, "commit");
        }
    }

    private void assertServed(Reading reading, String... names) throws SQLException {
        try (Connection connection = connect()) {
            assertThat(reading.of(connection)).containsExactly(names);
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThat(reading.of(offline)).containsExactly(names);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(POSTGRES.url());
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> names(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return all(rows);
        }
    }

    private static List<String> executed(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThat(statement.execute(sql)).isTrue();
            try (ResultSet rows = statement.getResultSet()) {
                return all(rows);
            }
        }
    }

    private static List<String> names(Connection connection, Setting setting) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select name from staff where name = ?")) {
            setting.on(statement);
            try (ResultSet rows = statement.executeQuery()) {
                return all(rows);
            }
        }
    }

    private static List<String> all(ResultSet rows) throws SQLException {
        List<String> names = new ArrayList<>();
        while (rows.next()) {
            names.add(rows.getString(1));
        }
        return names;
    }
}
