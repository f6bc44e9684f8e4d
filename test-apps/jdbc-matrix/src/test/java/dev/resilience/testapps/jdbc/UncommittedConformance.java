package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** An outage as an application lives through it that works in transactions, and ends none of those in which it only reads. */
abstract class UncommittedConformance {

    private static final Circuit BUSY = new Circuit("uncommitted");

    private static final String STAFF = "select id, name from staff where id <> ? order by id";

    /** With auto-commit off, where it can be told so; else its borrower switches it off. */
    abstract DataSource pool(String url) throws Exception;

    abstract void close(DataSource pool) throws Exception;

    /** Whether it ever gives up a connection that is dead. */
    boolean givesUpDeadOnes() {
        return true;
    }

    /** Whether it makes a connection only for the borrower that waits for it. */
    boolean connectsOnDemand() {
        return true;
    }

    @Test
    void lives_through_an_outage() throws Exception {
        assumeTrue(givesUpDeadOnes());
        try (Gateway way = new Gateway(PostgresServer.port())) {
            DataSource pool = pool(PostgresServer.url(way.port(), "uncommitted"));
            try {
                for (int i = 0; i < 3; i++) {
                    assertThat(staff(pool)).containsExactly("Ada", "Grace");
                    assertThat(count(pool)).isEqualTo(2);
                }
                way.cut();
                boolean opened = false;
                for (int i = 0; i < 300 && !opened; i++) {
                    try {
                        count(pool);
                    } catch (SQLException away) {
                        LockSupport.parkNanos(30_000_000);
                    }
                    // Asked once: it is OPEN for two seconds.
                    opened = BUSY.state().equals("OPEN");
                }
                assertThat(opened).isTrue();
                for (int i = 0; i < 3; i++) {
                    assertThat(staffWhileAway(pool)).containsExactly("Ada", "Grace");
                }
                assertThatThrownBy(() -> count(pool)).isInstanceOf(SQLException.class);
                way.restore();
                awaitDatabase(pool);
            } finally {
                close(pool);
                BUSY.reset();
            }
        }
    }

    @Test
    void reaches_the_database_that_was_away_when_it_started_and_nothing_opens() throws Exception {
        try (Gateway way = new Gateway(PostgresServer.port())) {
            String url = PostgresServer.url(way.port(), "calm-uncommitted");
            DataSource before = pool(url);
            try {
                assertThat(staff(before)).containsExactly("Ada", "Grace");
            } finally {
                close(before);
            }
            way.cut();
            DataSource pool = pool(url);
            try {
                assertThat(staffWhileAway(pool)).containsExactly("Ada", "Grace");
                assertThat(staffWhileAway(pool)).containsExactly("Ada", "Grace");
                assertThatThrownBy(() -> count(pool)).isInstanceOf(SQLException.class);
                way.restore();
                awaitDatabase(pool);
            } finally {
                close(pool);
            }
        }
    }

    /** Whoever borrows any of its connections has the database, and what he commits is there. */
    private static void awaitDatabase(DataSource pool) throws SQLException {
        Awaitility.await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> count(pool) == 2);
        for (int i = 0; i < 5; i++) {
            assertThat(count(pool)).isEqualTo(2);
            assertThat(staff(pool)).containsExactly("Ada", "Grace");
        }
        for (String write :
                List.of("insert into staff(id, name) values (3, 'Katherine')", "delete from staff where id = 3")) {
            try (Connection connection = borrow(pool);
                    Statement statement = connection.createStatement()) {
                assertThat(statement.executeUpdate(write)).isEqualTo(1);
                connection.commit();
            }
        }
    }

    private static Connection borrow(DataSource pool) throws SQLException {
        Connection connection = pool.getConnection();
        if (connection.getAutoCommit()) {
            connection.setAutoCommit(false);
        }
        return connection;
    }

    private static List<String> staff(DataSource pool) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = borrow(pool);
                PreparedStatement statement = connection.prepareStatement(STAFF)) {
            statement.setInt(1, 17);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString("name"));
                }
            }
        }
        return names;
    }

    /** c3p0 turns borrowers away with whatever attempt of its own fails, and be it one that was made before they came. */
    private List<String> staffWhileAway(DataSource pool) throws SQLException {
        return connectsOnDemand()
                ? staff(pool)
                : Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .ignoreExceptions()
                        .until(() -> staff(pool), names -> !names.isEmpty());
    }

    private static int count(DataSource pool) throws SQLException {
        try (Connection connection = borrow(pool);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from staff")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
