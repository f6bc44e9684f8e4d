package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Of what stands for a database each method answers, or throws what its signature says: nobody expects anything else of JDBC. */
class EveryMethodOfflineTest {

    private static final String URL = "jdbc:h2:mem:every;DB_CLOSE_DELAY=-1";
    private static final String ROWS = "select cast('long' as clob) as c, array[1, 2] as a, 1 as n from (values (1)) v";

    private static final Map<Class<?>, Object> ARGUMENTS = Map.ofEntries(
            Map.entry(int.class, 1),
            Map.entry(long.class, 1L),
            Map.entry(short.class, (short) 1),
            Map.entry(byte.class, (byte) 1),
            Map.entry(double.class, 1d),
            Map.entry(float.class, 1f),
            Map.entry(boolean.class, true),
            Map.entry(String.class, "1"),
            Map.entry(Object.class, "1"),
            Map.entry(Object[].class, new Object[] {1}),
            Map.entry(int[].class, new int[] {1}),
            Map.entry(String[].class, new String[] {"1"}),
            Map.entry(Class.class, String.class),
            Map.entry(Properties.class, new Properties()));

    private static final Set<String> ENDS = Set.of("close", "abort", "free", "truncate");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:mem:every*"}, fallback: [stale_cache]}]
            """);

    @BeforeEach
    void lose() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ROWS)) {
            while (rows.next()) {
                rows.getInt("n");
            }
        }
        under.open("database", URL);
    }

    @Test
    void answers_or_throws_as_its_signature_says() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (boolean closed : new boolean[] {false, true}) {
            ask(wrong, Connection.class, EveryMethodOfflineTest::connect, closed);
            ask(wrong, Statement.class, () -> connect().createStatement(), closed);
            ask(wrong, PreparedStatement.class, () -> connect().prepareStatement(ROWS), closed);
            ask(wrong, CallableStatement.class, () -> connect().prepareCall("call 1"), closed);
            ask(wrong, ResultSet.class, EveryMethodOfflineTest::rows, closed);
        }
        ask(wrong, DatabaseMetaData.class, () -> connect().getMetaData(), false);
        ask(wrong, ResultSetMetaData.class, () -> rows().getMetaData(), false);
        ask(wrong, Clob.class, () -> rows().getClob("c"), false);
        ask(wrong, Array.class, () -> rows().getArray("a"), false);
        assertThat(wrong).isEmpty();
    }

    @Test
    void what_was_said_of_the_client_is_told_again() throws SQLException {
        try (Connection connection = connect()) {
            Properties all = new Properties();
            all.setProperty("ClientUser", "ann");
            connection.setClientInfo(all);
            connection.setClientInfo("ApplicationName", "booking");
            assertThat(connection.getClientInfo("ClientUser")).isEqualTo("ann");
            assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("booking");
            assertThat(connection.getClientInfo("ClientHostname")).isNull();
            assertThat(connection.getClientInfo())
                    .containsOnly(Map.entry("ClientUser", "ann"), Map.entry("ApplicationName", "booking"));
            connection.getClientInfo().clear();
            all.clear();
            assertThat(connection.getClientInfo("ClientUser")).isEqualTo("ann");
            connection.setClientInfo("ClientUser", null);
            assertThat(connection.getClientInfo("ClientUser")).isNull();
            all.setProperty("ClientUser", "bob");
            connection.setClientInfo(all);
            assertThat(connection.getClientInfo()).containsOnly(Map.entry("ClientUser", "bob"));
        }
    }

    @FunctionalInterface
    private interface Made<T> {
        T make() throws SQLException;
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(URL, "sa", "");
    }

    private static ResultSet rows() throws SQLException {
        ResultSet rows = connect().createStatement().executeQuery(ROWS);
        rows.next();
        return rows;
    }

    private static <T> void ask(List<String> wrong, Class<T> type, Made<T> made, boolean closed) throws Exception {
        T asked = made.make();
        if (closed) {
            ((AutoCloseable) asked).close();
        }
        for (Method method : type.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) || ENDS.contains(method.getName())) {
                continue;
            }
            Object[] given = new Object[method.getParameterCount()];
            for (int i = 0; i < given.length; i++) {
                Class<?> parameter = method.getParameterTypes()[i];
                given[i] = parameter.isInstance(asked) ? asked : ARGUMENTS.get(parameter);
            }
            try {
                Object answer = method.invoke(asked, given);
                if (answer == null && isNeverNull(method)) {
                    wrong.add(method + ": null");
                }
            } catch (InvocationTargetException thrown) {
                if (!says(method, thrown.getCause())) {
                    wrong.add((closed ? "closed " : "") + method + ": " + thrown.getCause());
                }
            }
        }
    }

    private static boolean isNeverNull(Method method) {
        String name = method.getName();
        return name.startsWith("enquote")
                || name.endsWith("AsciiStream") && method.getReturnType() != void.class
                || name.equals("getRowIdLifetime")
                || (method.getDeclaringClass() == CallableStatement.class && name.startsWith("get"));
    }

    private static boolean says(Method method, Throwable thrown) {
        for (Class<?> declared : method.getExceptionTypes()) {
            if (declared.isInstance(thrown)) {
                return true;
            }
        }
        return false;
    }
}
