package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mysql.cj.jdbc.MysqlXADataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.commons.dbcp2.BasicDataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** A real MariaDB that is killed, started again, and stopped in its tracks, behind pools of its own driver's and of MySQL's. */
class MariaDbOutageTest {

    private static final Duration LONG = Duration.ofSeconds(90);

    /** A deadline of one second, a second's grace, and a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final int LARGEST = 3;
    private static final int WRITES = 10;
    private static final String STAFF = "select id, name from staff order by id";

    private Circuit circuit;

    @FunctionalInterface
    private interface Names {
        List<String> names() throws SQLException;
    }

    @BeforeEach
    void installed() {
        assumeTrue(MariaDbServer.installed(), "no mariadb-server-core on this machine");
    }

    @AfterEach
    void closed() {
        if (circuit != null) {
            circuit.reset();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void writes_accepted_while_it_is_killed_are_made_in_their_order_with_their_values(String driver) throws Exception {
        try (HikariDataSource pool = hikari(driver)) {
            run("drop table if exists written");
            run("create table written(line int auto_increment primary key, n int, name varchar(20), price decimal(9,2),"
                    + " at datetime(6), data varbinary(9))");
            assertThat(write(pool, 0)).isEqualTo(1);
            assertThat(staff(pool)).containsExactly("Ada", "Grace");
            MariaDbServer.kill();
            try {
                for (int n = 1; n <= WRITES; n++) {
                    assertThat(write(pool, n)).isEqualTo(1);
                }
                assertThat(staff(pool)).containsExactly("Ada", "Grace");
            } finally {
                MariaDbServer.start();
            }
            // MySQL's driver writes no fractions of a second to this server.
            String first = written().get(0);
            assertThat(first).startsWith("0 n0 0.50 2024-01-31 09:05:00.").endsWith(" 01FF");
            Awaitility.await()
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(written())
                            .containsExactlyElementsOf(IntStream.rangeClosed(0, WRITES)
                                    .mapToObj(n -> n + " n" + n + " " + n + first.substring("0 n0 0".length()))
                                    .toList()));
        }
    }

    /** Its drivers tell it at once that a transaction begins, and find out by that that their connection is dead. */
    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void staff_is_listed_while_it_is_killed_through_every_pool(String driver) throws Exception {
        try (HikariDataSource hikari = hikari(driver);
                BasicDataSource dbcp2 = dbcp2(driver)) {
            org.apache.tomcat.jdbc.pool.DataSource tomcat = tomcat(driver);
            Map<String, Names> all = new LinkedHashMap<>();
            all.put("HikariCP", () -> staff(hikari));
            all.put("HikariCP, in a transaction", () -> inTransaction(hikari));
            all.put("HikariCP, in a transaction that only reads", () -> onlyReading(hikari));
            all.put("HikariCP, in a transaction of another isolation", () -> serializable(hikari));
            all.put("DBCP2", () -> staff(dbcp2));
            all.put("DBCP2, in a transaction", () -> inTransaction(dbcp2));
            all.put("DBCP2, in a transaction that only reads", () -> onlyReading(dbcp2));
            all.put("Tomcat, which tests nothing", () -> staff(tomcat));
            all.put("Tomcat, in a transaction", () -> inTransaction(tomcat));
            all.put("Tomcat, in a transaction that only reads", () -> onlyReading(tomcat));
            for (Map.Entry<String, Names> each : all.entrySet()) {
                assertThat(each.getValue().names()).as(each.getKey()).containsExactly("Ada", "Grace");
            }
            MariaDbServer.kill();
            try {
                for (int i = 0; i < 6; i++) {
                    for (Map.Entry<String, Names> each : all.entrySet()) {
                        isListed(each.getKey() + " " + i, each.getValue());
                    }
                }
                assertThat(circuit.state()).isNotEqualTo("CLOSED");
                assertNothingIsWrittenWithoutItsTransaction(tomcat);
            } finally {
                MariaDbServer.start();
                tomcat.close(true);
            }
            for (DataSource pool : List.of(hikari, dbcp2)) {
                Awaitility.await().atMost(LONG).ignoreExceptions().until(() -> {
                    run("update staff set name = 'Ada' where id = 1");
                    return inTransaction(pool).equals(List.of("Ada", "Grace"))
                            && one(pool) == 1
                            && circuit.state().equals("CLOSED");
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void callers_are_freed_at_the_deadline_while_it_is_frozen_and_the_pool_is_whole_afterwards(String driver)
            throws Exception {
        try (HikariDataSource pool = hikari(driver)) {
            assertThat(staff(pool)).containsExactly("Ada", "Grace");
            try (Connection executing = pool.getConnection();
                    Connection beginning = pool.getConnection()) {
                one(executing);
                one(beginning);
                MariaDbServer.freeze();
                try {
                    long began = System.nanoTime();
                    assertThatThrownBy(() -> one(executing)).isInstanceOf(SQLException.class);
                    // The pool's own attempt to have one more connection may count beside it.
                    assertThat(circuit.failures()).isPositive();
                    beginning.setAutoCommit(false);
                    assertThat(staffOf(beginning)).containsExactly("Ada", "Grace");
                    beginning.commit();
                    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
                    assertThat(circuit.state()).isNotEqualTo("CLOSED");
                } finally {
                    MariaDbServer.thaw();
                }
            }
            Awaitility.await()
                    .atMost(LONG)
                    .ignoreExceptions()
                    .until(() -> one(pool) == 1 && circuit.state().equals("CLOSED"));
            isWhole(pool);
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
            assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isLessThanOrEqualTo(LARGEST);
        }
    }

    /** Its drivers write such a row by no statement that an application would make. */
    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void a_row_written_through_a_result_and_never_committed_is_nobodys(String driver) throws Exception {
        try (HikariDataSource pool = hikari(driver)) {
            assertThat(staff(pool)).containsExactly("Ada", "Grace");
            try (Connection connection = pool.getConnection();
                    Statement writing =
                            connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE)) {
                connection.setAutoCommit(false);
                try (ResultSet row = writing.executeQuery("select id, name from staff where id = 1")) {
                    assertThat(row.next()).isTrue();
                    row.updateString("name", "Eve");
                    row.updateRow();
                }
                assertThat(staffOf(connection)).containsExactly("Eve", "Grace");
                connection.rollback();
            }
            MariaDbServer.kill();
            try {
                assertThat(staff(pool)).containsExactly("Ada", "Grace");
            } finally {
                MariaDbServer.start();
            }
        }
    }

    /** Its drivers begin such a transaction by a statement, with auto-commit on. */
    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void what_is_written_in_a_managers_transaction_is_not_queued(String driver) throws Exception {
        begin(driver);
        run("drop table if exists written");
        run("create table written(n int)");
        XAConnection manager = directed(driver).getXAConnection("root", null);
        Order order = new Order();
        try (Connection connection = manager.getConnection();
                Statement statement = connection.createStatement()) {
            manager.getXAResource().start(order, XAResource.TMNOFLAGS);
            assertThat(statement.executeUpdate("insert into written values (1)"))
                    .isEqualTo(1);
            MariaDbServer.kill();
            try {
                for (int n = 2; n < 5; n++) {
                    String insert = "insert into written values (" + n + ")";
                    assertThatThrownBy(() -> statement.executeUpdate(insert)).isInstanceOf(SQLException.class);
                }
            } finally {
                MariaDbServer.start();
            }
        } finally {
            manager.close();
        }
        circuit.reset();
        Awaitility.await()
                .during(Duration.ofSeconds(3))
                .atMost(SOON)
                .untilAsserted(() -> assertThat(rows("select n from written")).isEmpty());
    }

    private static XADataSource directed(String driver) throws SQLException {
        if (driver.equals("mariadb")) {
            return new MariaDbDataSource(url(driver));
        }
        MysqlXADataSource source = new MysqlXADataSource();
        source.setUrl(url(driver));
        return source;
    }

    private record Order() implements Xid {

        @Override
        public int getFormatId() {
            return 7;
        }

        @Override
        public byte[] getGlobalTransactionId() {
            return "order".getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public byte[] getBranchQualifier() {
            return "stock".getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** A transaction that begins on a dead connection while the circuit is not open may be told of it. */
    private void isListed(String what, Names query) throws SQLException {
        String before = circuit.state();
        try {
            assertThat(query.names()).as(what).containsExactly("Ada", "Grace");
        } catch (SQLException told) {
            boolean open = before.equals("OPEN") && circuit.state().equals("OPEN");
            assertThat(open || !what.contains("transaction"))
                    .as(what + ": " + told)
                    .isFalse();
        }
    }

    private static void isWhole(DataSource pool) throws SQLException {
        List<Connection> all = new ArrayList<>();
        for (int i = 0; i < LARGEST; i++) {
            all.add(pool.getConnection());
            one(all.get(i));
        }
        for (Connection connection : all) {
            connection.close();
        }
    }

    private static void assertNothingIsWrittenWithoutItsTransaction(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.executeUpdate("insert into written(n) values (17)"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("part of a transaction");
                assertThatThrownBy(() -> statement.executeUpdate("update staff set name = 'Eve'"))
                        .isInstanceOf(SQLException.class);
            }
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private void begin(String driver) {
        circuit = new Circuit(driver + "-outage");
        circuit.reset();
    }

    private static String url(String driver) {
        return "jdbc:" + driver + "://127.0.0.1:" + MariaDbServer.port() + "/test?sslMode=DISABLED&x=outage";
    }

    private HikariDataSource hikari(String driver) {
        begin(driver);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url(driver));
        config.setUsername("root");
        config.setMaximumPoolSize(LARGEST);
        config.setConnectionTimeout(15_000);
        return new HikariDataSource(config);
    }

    private static BasicDataSource dbcp2(String driver) {
        BasicDataSource pool = new BasicDataSource();
        pool.setUrl(url(driver));
        pool.setUsername("root");
        pool.setMaxTotal(LARGEST);
        pool.setMaxWait(Duration.ofSeconds(15));
        return pool;
    }

    private static org.apache.tomcat.jdbc.pool.DataSource tomcat(String driver) {
        org.apache.tomcat.jdbc.pool.DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource();
        pool.setUrl(url(driver));
        pool.setUsername("root");
        pool.setMaxActive(LARGEST);
        pool.setInitialSize(1);
        pool.setMaxWait(15_000);
        return pool;
    }

    private static int write(DataSource pool, int n) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into written(n, name, price, at, data) values (?, ?, ?, ?, ?)")) {
            insert.setInt(1, n);
            insert.setString(2, "n" + n);
            insert.setBigDecimal(3, new BigDecimal(n + ".50"));
            insert.setTimestamp(4, Timestamp.valueOf("2024-01-31 09:05:00.123456"));
            insert.setBytes(5, new byte[] {1, -1});
            return insert.executeUpdate();
        }
    }

    private static List<String> staff(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return staffOf(connection);
        }
    }

    private static List<String> inTransaction(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            List<String> names = staffOf(connection);
            connection.commit();
            connection.setAutoCommit(true);
            return names;
        }
    }

    /** Its pool puts back what was set, as a part of {@code close}. */
    private static List<String> serializable(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            connection.setAutoCommit(false);
            List<String> names = staffOf(connection);
            connection.commit();
            return names;
        }
    }

    /** As Spring sets a connection up for it, and back: what goes wrong with that last is nobody's business. */
    private static List<String> onlyReading(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setReadOnly(true);
            boolean begins = connection.getAutoCommit();
            if (begins) {
                connection.setAutoCommit(false);
            }
            List<String> names = staffOf(connection);
            connection.commit();
            try {
                if (begins) {
                    connection.setAutoCommit(true);
                }
                connection.setReadOnly(false);
            } catch (SQLException ignored) {
                // By its pool, too.
            }
            return names;
        }
    }

    private static List<String> staffOf(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(STAFF);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                names.add(rows.getString(2));
            }
        }
        return names;
    }

    private static int one(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return one(connection);
        }
    }

    private static int one(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 1")) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    private static List<String> written() throws SQLException {
        return rows("select concat_ws(' ', n, name, price, at, hex(data)) from written order by line");
    }

    private static List<String> rows(String sql) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Connection connection = direct();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
        }
        return lines;
    }

    private static void run(String sql) throws SQLException {
        try (Connection connection = direct();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection direct() throws SQLException {
        return DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + MariaDbServer.port() + "/test?user=root");
    }
}
