package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.Answer;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An array of a stored row, read as rows. */
class DetachedArrayTest {

    private final Array names = new DetachedArray(new Answer.ArrayValue("text", Arrays.asList("ann", null, "bob")));

    @Test
    void tells_where_each_element_stands_and_what_it_is() throws SQLException {
        try (ResultSet rows = names.getResultSet()) {
            assertThat(rows.getMetaData().getColumnCount()).isEqualTo(2);
            assertThat(rows.getMetaData().getColumnLabel(1)).isEqualTo("INDEX");
            assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("VALUE");
            assertThat(rows.getMetaData().getColumnType(2)).isEqualTo(Types.VARCHAR);
            assertThat(rows.getStatement()).isNull();
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(1);
            assertThat(rows.getString("value")).isEqualTo("ann");
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong("index")).isEqualTo(2);
            assertThat(rows.getObject(2)).isNull();
            assertThat(rows.wasNull()).isTrue();
            assertThat(rows.next()).isTrue();
            assertThat(rows.getObject(2)).isEqualTo("bob");
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void gives_a_part_with_the_places_in_the_whole() throws SQLException {
        ResultSet rows = names.getResultSet(3, 1);
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(3);
        assertThat(rows.getString(2)).isEqualTo("bob");
        assertThat(rows.next()).isFalse();
        assertThatThrownBy(() -> names.getResultSet(3, 2)).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> names.getResultSet((1L << 32) + 1, 1)).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> names.getArray(Long.MIN_VALUE, 1)).isInstanceOf(SQLException.class);
    }

    @Test
    void gives_arrays_of_an_array_of_arrays() throws SQLException {
        Array table = new DetachedArray(new Answer.ArrayValue(
                "int4",
                List.of(new Answer.ArrayValue("int4", List.of(1, 2)), new Answer.ArrayValue("int4", List.of(3, 4)))));
        ResultSet rows = table.getResultSet();
        assertThat(rows.getMetaData().getColumnType(2)).isEqualTo(Types.ARRAY);
        assertThat(rows.next()).isTrue();
        assertThat(rows.next()).isTrue();
        ResultSet inner = rows.getArray(2).getResultSet();
        assertThat(inner.next()).isTrue();
        assertThat(inner.getInt("VALUE")).isEqualTo(3);
    }
}
