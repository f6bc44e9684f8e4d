package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.ClientInfoStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.h2.jdbc.JdbcConnection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Databases show their policies who asks also by what the connection was told of its client. */
class ClientInfoTest {

    private static final String IN_MEMORY = "jdbc:h2:mem:telling;DB_CLOSE_DELAY=-1";
    private static final String URL = IN_MEMORY.replace("jdbc:", "jdbc:telling:");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: reads, jdbc: {url: "jdbc:telling:*", sql: "select *"}, fallback: [stale_cache]}
                  - {name: writes, jdbc: {url: "jdbc:telling:*", sql: "insert *"}, fallback: [queue]}
                  - {name: rest, jdbc: {url: "jdbc:telling:*"}}
            """);

    @BeforeEach
    void fill() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists notes(text varchar(50))");
            statement.execute("delete from notes");
            statement.execute("insert into notes values ('of A')");
        }
    }

    @Test
    void one_who_asks_by_it_is_told_from_another() throws SQLException {
        try (Connection connection = connect()) {
            connection.setClientInfo("OCSID.CLIENTID", "A");
            assertThat(note(connection)).isEqualTo("of A");
            connection.setClientInfo("OCSID.CLIENTID", "B");
            under.open("database", URL);
            assertRefused(connection);
            connection.setClientInfo(of("OCSID.CLIENTID", "A", "OCSID.ACTION", "another for each request"));
            assertThat(note(connection)).isEqualTo("of A");
            connection.setClientInfo(of("ClientUser", "A"));
            assertRefused(connection);
            connection.setClientInfo("ApplicationName", "A");
            assertRefused(connection);
        }
    }

    @Test
    void so_is_one_who_is_told_no_more() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(note(connection)).isEqualTo("of A");
            connection.setClientInfo("ClientUser", "B");
            under.open("database", URL);
            assertRefused(connection);
            connection.setClientInfo("ClientUser", null);
            assertThat(note(connection)).isEqualTo("of A");
            connection.setClientInfo("ClientUser", "B");
            connection.setClientInfo(new Properties());
            assertThat(note(connection)).isEqualTo("of A");
        }
    }

    @Test
    void what_the_driver_refuses_was_not_told() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(note(connection)).isEqualTo("of A");
            assertThatThrownBy(() -> connection.setClientInfo("Unknown", "B"))
                    .isInstanceOf(SQLClientInfoException.class);
            under.open("database", URL);
            assertThat(note(connection)).isEqualTo("of A");
            assertThatThrownBy(() -> connection.setClientInfo(of("Unknown", "B", "ClientUser", "B")))
                    .isInstanceOf(SQLClientInfoException.class);
            assertRefused(connection);
        }
    }

    @Test
    void who_was_told_in_part_or_in_what_was_taken_back_is_nobody_known() throws SQLException {
        try (Connection connection = connect()) {
            connection.setClientInfo("ClientUser", "A");
            assertThat(note(connection)).isEqualTo("of A");
            connection.setAutoCommit(false);
            connection.setClientInfo("ClientUser", "B");
            connection.rollback();
            connection.setAutoCommit(true);
            under.open("database", URL);
            assertRefused(connection);
            connection.setClientInfo("ClientUser", "A");
            assertThat(note(connection)).isEqualTo("of A");
            assertThatThrownBy(() -> connection.setClientInfo(of("Unknown", "B", "ClientUser", "B")))
                    .isInstanceOf(SQLClientInfoException.class);
            assertRefused(connection);
            connection.setClientInfo("ClientUser", "A");
            assertRefused(connection);
        }
    }

    @Test
    void where_there_is_no_database_it_is_the_same_question() throws SQLException {
        try (Connection connection = connect()) {
            connection.setClientInfo("ClientUser", "A");
            assertThat(note(connection)).isEqualTo("of A");
        }
        under.open("database", URL);
        try (Connection offline = connect()) {
            assertRefused(offline);
            offline.setClientInfo(of("ClientUser", "A"));
            assertThat(note(offline)).isEqualTo("of A");
        }
    }

    @Test
    void nothing_is_queued_that_would_be_made_without_it() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setClientInfo("ClientUser", "B");
            under.open("database", URL);
            assertThatThrownBy(() -> statement.executeUpdate("insert into notes values ('of B')"))
                    .isInstanceOf(SQLTransientConnectionException.class);
            assertThat(under.offered).isEmpty();
        }
    }

    @Test
    void one_who_takes_anothers_place_by_the_drivers_own_means_is_nobody_known() throws SQLException {
        try (Connection connection = connect();
                TellingConnection proxied = (TellingConnection) connect();
                TellingConnection changed = (TellingConnection) connect()) {
            assertThat(note(connection)).isEqualTo("of A");
            proxied.openProxySession(1, of("PROXY_USER_NAME", "B"));
            changed.changeUser("B", "secret");
            under.open("database", URL);
            assertThat(note(connection)).isEqualTo("of A");
            assertRefused(proxied);
            assertRefused(changed);
        }
    }

    @Test
    void one_who_logs_in_again_as_who_he_is_begins_anew() throws SQLException {
        Properties who = of("user", "shop");
        try (Connection connection = new TellingDriver().connect(URL, who);
                TellingConnection lent = (TellingConnection) new TellingDriver().connect(URL, who);
                TellingConnection refused = (TellingConnection) new TellingDriver().connect(URL, who);
                Statement statement = lent.createStatement()) {
            assertThat(note(connection)).isEqualTo("of A");
            statement.execute("set @tenant = 't1'");
            lent.changeUser("shop", "secret");
            assertThatThrownBy(() -> refused.changeUser("shop", "shop")).isInstanceOf(SQLException.class);
            under.open("database", URL);
            assertThat(note(lent)).isEqualTo("of A");
            assertRefused(refused);
        }
    }

    @Test
    void one_whose_server_forgets_what_was_set_begins_anew() throws SQLException {
        try (Connection connection = connect();
                TellingConnection lent = (TellingConnection) connect();
                Statement statement = lent.createStatement()) {
            assertThat(note(connection)).isEqualTo("of A");
            statement.execute("set @tenant = 't1'");
            lent.resetServerState();
            under.open("database", URL);
            assertThat(note(lent)).isEqualTo("of A");
        }
    }

    @Test
    void one_whose_driver_is_not_sure_to_have_said_that_is_nobody() throws SQLException {
        try (Connection connection = connect();
                TellingConnection paranoid =
                        (TellingConnection) new TellingDriver().connect(URL, of("paranoid", "true"));
                TellingConnection resetting =
                        (TellingConnection) new TellingDriver().connect(URL, of("useResetConnection", "true"));
                TellingConnection set = (TellingConnection) connect()) {
            assertThat(note(connection)).isEqualTo("of A");
            for (Connection each : List.of(paranoid, resetting, set)) {
                try (Statement statement = each.createStatement()) {
                    statement.execute("set @tenant = 't1'");
                }
                assertThat(note(each)).isEqualTo("of A");
            }
            paranoid.resetServerState();
            resetting.reset();
            set.reset();
            under.open("database", URL);
            assertRefused(paranoid);
            assertRefused(resetting);
            assertThat(note(set)).isEqualTo("of A");
        }
    }

    /** Drivers take more spellings than one, and forget what they were told no later than the agent does. */
    @ParameterizedTest
    @CsvSource({
        "paranoid, yes, false",
        "paranoid, YES, false",
        "Paranoid, true, false",
        "useResetConnection, 1, true",
        "useResetConnection, '', true",
        "useresetconnection, true, true",
    })
    void however_that_is_said(String name, String value, boolean reset) throws SQLException {
        try (TellingConnection told = (TellingConnection) new TellingDriver().connect(URL, of(name, value))) {
            assertNobody(told, reset);
        }
    }

    @Test
    void as_one_is_whose_driver_was_told_in_a_list_of_hosts() throws SQLException {
        String url = "jdbc:telling:mysql://(host=h,port=1,paranoid=true)/d";
        TellingDriver driver = new TellingDriver();
        try (TellingConnection told = (TellingConnection) driver.connect(url, new Properties())) {
            assertNobody(told, false);
        }
    }

    @Test
    void and_one_that_is_put_back_when_it_was_given_back() throws SQLException {
        try (TellingConnection lent =
                (TellingConnection) new TellingDriver().connect(URL, of("useResetConnection", "true"))) {
            lent.kept = true;
            lent.close();
            assertNobody(lent, true);
            lent.kept = false;
        }
    }

    /** Who sets nothing reads what everybody reads, however the connection is put back. */
    @Test
    void nothing_is_left_open_on_one_on_which_nothing_was_set() throws SQLException {
        try (TellingConnection paranoid = (TellingConnection) new TellingDriver().connect(URL, of("paranoid", "yes"));
                TellingConnection reset =
                        (TellingConnection) new TellingDriver().connect(URL, of("useResetConnection", "1"))) {
            paranoid.resetServerState();
            reset.reset();
            assertThat(note(paranoid)).isEqualTo("of A");
            assertThat(note(reset)).isEqualTo("of A");
            under.open("database", URL);
            assertThat(note(paranoid)).isEqualTo("of A");
            assertThat(note(reset)).isEqualTo("of A");
        }
    }

    private void assertNobody(TellingConnection connection, boolean reset) throws SQLException {
        try (Connection plain = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("set @tenant = 't1'");
            if (reset) {
                connection.reset();
            } else {
                connection.resetServerState();
            }
            assertThat(note(connection)).isEqualTo("of A");
            under.open("database", URL);
            assertRefused(connection);
            assertRefused(plain);
        }
    }

    @Test
    void one_who_tells_a_variable_by_the_way_is_told_from_everybody() throws SQLException {
        try (Connection plain = connect();
                Connection set = connect();
                Statement statement = set.createStatement()) {
            assertThat(statement.execute("select @tenant := 't1'")).isTrue();
            assertThat(note(set)).isEqualTo("of A");
            under.open("database", URL);
            assertRefused(plain);
        }
    }

    /** MariaDB's own pool gives a connection for a new one by the driver's address, and takes nothing back of what was set. */
    @Test
    void who_is_lent_anothers_connection_as_a_new_one_is_told_from_everybody() throws SQLException {
        try (Connection plain = connect();
                TellingConnection pooled = (TellingConnection) connect();
                Statement statement = pooled.createStatement()) {
            statement.execute("set @tenant = 't1'");
            Connection lent = new TellingDriver(pooled).connect(URL, new Properties());
            assertThat(note(lent)).isEqualTo("of A");
            under.open("database", URL);
            assertRefused(plain);
            assertThat(note(lent)).isEqualTo("of A");
        }
    }

    private static Properties of(String... namesAndValues) {
        Properties all = new Properties();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            all.setProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return all;
    }

    private static void assertRefused(Connection connection) {
        assertThatThrownBy(() -> note(connection)).isInstanceOf(SQLTransientConnectionException.class);
    }

    private static String note(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select text from notes")) {
            String note = rows.next() ? rows.getString(1) : null;
            assertThat(rows.next()).isFalse();
            return note;
        }
    }

    private static Connection connect() throws SQLException {
        return new TellingDriver().connect(URL, new Properties());
    }

    /** H2's connection, that takes what others take. */
    private static final class TellingConnection extends JdbcConnection {

        /** Whether its driver's own pool keeps it when it is closed. */
        boolean kept;

        TellingConnection(String url) throws SQLException {
            super(url, new Properties(), "sa", "", false);
        }

        @Override
        public void setClientInfo(String name, String value) throws SQLClientInfoException {
            check(name.equals("Unknown"));
        }

        @Override
        public void setClientInfo(Properties all) throws SQLClientInfoException {
            check(all.containsKey("Unknown"));
        }

        /** As Oracle's. */
        public void openProxySession(int type, Properties user) throws SQLException {
            check(user.isEmpty());
        }

        /** As MySQL's. */
        public void changeUser(String user, String password) throws SQLException {
            check(user.equals(password));
        }

        /** As MySQL's. */
        public void resetServerState() throws SQLException {
            check(isClosed());
        }

        /** As MariaDB's. */
        public void reset() throws SQLException {
            check(isClosed());
        }

        @Override
        public synchronized void close() throws SQLException {
            if (!kept) {
                super.close();
            }
        }

        private static void check(boolean unknown) throws SQLClientInfoException {
            if (unknown) {
                throw new SQLClientInfoException(Map.of("Unknown", ClientInfoStatus.REASON_UNKNOWN_PROPERTY));
            }
        }
    }

    private static final class TellingDriver extends DriverUnderTest {

        private final @Nullable TellingConnection pooled;

        TellingDriver() {
            this(null);
        }

        /** @param pooled which it gives for new ones */
        TellingDriver(@Nullable TellingConnection pooled) {
            this.pooled = pooled;
        }

        @Override
        public Connection connect(String url, Properties info) throws SQLException {
            if (pooled != null) {
                return pooled;
            }
            return new TellingConnection(
                    url.startsWith("jdbc:telling:h2") ? url.replace("telling:h2", "h2") : IN_MEMORY);
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith("jdbc:telling:");
        }
    }
}
