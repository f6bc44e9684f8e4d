package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.DelegatingConnection;
import org.apache.commons.dbcp2.DelegatingPreparedStatement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * Pools that test nothing and lend statements again: what they made while there was no database must not be without one for
 * ever after.
 */
class PooledStatementsTest {

    private static final String USER = "postgres";
    private static final String STAFF = "select id, name from staff where id <> ? order by id";
    private static final String COUNT = "select count(*) from staff where id < ?";

    @FunctionalInterface
    private interface Kind {
        DataSource pool(String url) throws Exception;
    }

    @Test
    void of_dbcp2() throws Exception {
        reachTheDatabaseWhenItIsBack("dbcp2", url -> {
            BasicDataSource pool = new BasicDataSource();
            pool.setUrl(url);
            pool.setUsername(USER);
            pool.setPassword("");
            pool.setMaxTotal(1);
            pool.setPoolPreparedStatements(true);
            pool.setTestOnBorrow(false);
            return pool;
        });
    }

    @Test
    void of_tomcat() throws Exception {
        reachTheDatabaseWhenItIsBack("tomcat", url -> {
            org.apache.tomcat.jdbc.pool.DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource();
            pool.setUrl(url);
            pool.setUsername(USER);
            pool.setPassword("");
            pool.setMaxActive(1);
            pool.setInitialSize(0);
            pool.setJdbcInterceptors("StatementCache(prepared=true,max=10)");
            return pool;
        });
    }

    @Test
    void of_one_that_lends_each_in_a_wrapper_of_its_own() throws Exception {
        reachTheDatabaseWhenItIsBack("wrapping", Wrapping::new);
    }

    /** One connection for all, as Open Liberty lends it: of its statements each borrower gets a new wrapper. */
    private static final class Wrapping extends AbstractDataSource implements AutoCloseable {

        private final Connection only;
        private final Map<String, PreparedStatement> kept = new HashMap<>();

        Wrapping(String url) throws SQLException {
            only = DriverManager.getConnection(url, USER, "");
        }

        @Override
        public Connection getConnection() {
            return new DelegatingConnection<>(only) {

                @Override
                public PreparedStatement prepareStatement(String sql) throws SQLException {
                    PreparedStatement before = kept.get(sql);
                    PreparedStatement lent = before != null ? before : only.prepareStatement(sql);
                    kept.put(sql, lent);
                    return new DelegatingPreparedStatement(this, lent) {
                        @Override
                        public void close() {
                            // The next borrower's, too.
                        }
                    };
                }

                @Override
                public void close() throws SQLException {
                    only.clearWarnings();
                }
            };
        }

        @Override
        public Connection getConnection(String user, String password) {
            return getConnection();
        }

        @Override
        public void close() throws SQLException {
            only.close();
        }
    }

    private static void reachTheDatabaseWhenItIsBack(String name, Kind kind) throws Exception {
        try (Gateway way = new Gateway(PostgresServer.port())) {
            String url = PostgresServer.url(way.port(), "calm-statements-" + name);
            try (Connection before = DriverManager.getConnection(url, USER, "")) {
                assertThat(staff(before)).containsExactly("Ada", "Grace");
            }
            way.cut();
            DataSource pool = kind.pool(url);
            try {
                assertThat(staff(pool)).containsExactly("Ada", "Grace");
                assertThatThrownBy(() -> count(pool)).isInstanceOf(SQLException.class);
                way.restore();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .ignoreExceptions()
                        .until(() -> count(pool) == 2);
                assertThat(staff(pool)).containsExactly("Ada", "Grace");
                assertThat(count(pool)).isEqualTo(2);
            } finally {
                if (pool instanceof AutoCloseable closeable) {
                    closeable.close();
                } else {
                    ((org.apache.tomcat.jdbc.pool.DataSource) pool).close(true);
                }
            }
        }
    }

    private static List<String> staff(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return staff(connection);
        }
    }

    private static List<String> staff(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(STAFF)) {
            statement.setInt(1, 17);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString("name"));
                }
            }
        }
        return names;
    }

    private static int count(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(COUNT)) {
            statement.setInt(1, 17);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }
}
