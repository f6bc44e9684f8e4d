package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.guard.Guard;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class DatabaseTest {

    private final Database database = database("jdbc:h2:mem:long");

    private static Database database(String url) {
        return new Database(
                (Guard) Proxy.newProxyInstance(
                        DatabaseTest.class.getClassLoader(),
                        new Class<?>[] {Guard.class},
                        (guard, method, arguments) -> method.getReturnType() == boolean.class ? true : null),
                url);
    }

    @Test
    void long_statements_of_all_databases_share_their_places_and_each_is_ruled_on_for_itself() {
        String sql = "select id from staff where id in (" + "1, ".repeat(7_000) + "1)";
        Database.Ruled here = database.statement(sql);
        Database other = database("jdbc:h2:mem:other");
        assertThat(other.statement(sql)).isNotSameAs(here);
        assertThat(database.statement(sql)).isSameAs(here);
        for (int i = 0; i < 500; i++) {
            other.statement("select " + i + " from staff where id in (" + "1, ".repeat(2_000) + "1)");
        }
        assertThat(database.statement(sql)).isNotSameAs(here);
    }

    @Test
    void oracle_and_db2_have_parameters_by_name() {
        for (String url : new String[] {"jdbc:oracle:thin:@h:1521/d", "jdbc:db2://h/d"}) {
            assertThat(database(url).statement("call set_tenant(:t)").markers()).isOne();
        }
        assertThat(database.statement("call set_tenant(:t)").markers()).isZero();
    }

    @Test
    void a_statement_of_mysql_may_set_a_variable_by_the_way_whatever_the_address_begins_with() {
        for (String url : new String[] {"jdbc:mysql://h/d", "jdbc:p6spy:mysql://h/d", "jdbc:p6spy:mariadb://h/d"}) {
            assertThat(database(url).statement("select @tenant := 't1'").asked())
                    .as(url)
                    .isTrue();
        }
        assertThat(database("jdbc:postgresql://h/d")
                        .statement("select @ balance from accounts")
                        .asked())
                .isFalse();
    }

    @Test
    void a_long_statement_is_ruled_on_once_as_a_short_one_is() {
        for (int length : new int[] {100, 20_000}) {
            String sql = "select id from staff where id in (" + "1, ".repeat(length / 3) + "1)";
            assertThat(database.statement(sql)).isSameAs(database.statement(new String(sql.toCharArray())));
        }
    }
}
