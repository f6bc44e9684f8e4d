package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import org.junit.jupiter.api.Test;

class RowReaderTest {

    @Test
    void a_row_of_oracles_is_not_read_before_the_application_where_it_can_be_read_but_once() throws SQLException {
        assertThat(RowReader.of(rows(Types.LONGVARCHAR), "jdbc:oracle:thin:@//db/booking"))
                .isNull();
        assertThat(RowReader.of(rows(Types.LONGVARBINARY), "jdbc:oracle:thin:@//db/booking"))
                .isNull();
        assertThat(RowReader.of(rows(Types.VARCHAR), "jdbc:oracle:thin:@//db/booking"))
                .isNotNull();
        assertThat(RowReader.of(rows(Types.LONGVARCHAR), "jdbc:mysql://db/booking"))
                .isNotNull();
    }

    @Test
    void nor_a_cursor_that_is_at_its_end_when_it_was_asked_for() throws SQLException {
        assertThat(RowReader.of(rows(Types.REF_CURSOR, "refcursor"), "jdbc:postgresql://db/booking"))
                .isNull();
    }

    private static ResultSet rows(int sqlType) {
        return rows(sqlType, "");
    }

    /** Of one column. */
    private static ResultSet rows(int sqlType, String typeName) {
        ResultSetMetaData metaData =
                fake(ResultSetMetaData.class, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getColumnCount" -> 1;
                    case "getColumnType" -> sqlType;
                    case "getColumnTypeName" -> typeName;
                    default ->
                        method.getReturnType() == int.class
                                ? (Object) 0
                                : method.getReturnType() == boolean.class ? (Object) false : "";
                });
        return fake(ResultSet.class, (proxy, method, arguments) -> {
            if (method.getName().equals("getMetaData")) {
                return metaData;
            }
            throw new AssertionError(method);
        });
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(RowReaderTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
