package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ReadStatementsTest {

    private final ReadStatements statements = new ReadStatements(UnaryOperator.identity());

    @Test
    void a_long_one_is_read_once_as_a_short_one_is() {
        for (int length : new int[] {100, 20_000}) {
            String sql = "select id from staff where id in (" + "1, ".repeat(length / 3) + "1)";
            assertThat(statements.find(sql)).isNotNull().isSameAs(statements.find(new String(sql.toCharArray())));
        }
    }

    @Test
    void a_flood_of_long_ones_leaves_the_last_few() {
        String first = "select -1 from staff where id in (" + "1, ".repeat(7_000) + "1)";
        ReadStatements.Known once = statements.find(first);
        for (int i = 0; i < 1_000; i++) {
            statements.find("select " + i + " from staff where id in (" + "1, ".repeat(7_000) + "1)");
        }
        assertThat(statements.find(first)).isNotNull().isNotSameAs(once);
        String another = "select 1000 from staff where id in (" + "1, ".repeat(7_000) + "1)";
        assertThat(statements.find(another)).isNotNull().isSameAs(statements.find(another));
        assertThat(statements.find("select 1")).isSameAs(statements.find("select 1"));
    }
}
