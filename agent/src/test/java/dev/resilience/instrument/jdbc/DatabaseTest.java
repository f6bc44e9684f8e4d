package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.guard.Guard;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class DatabaseTest {

    private final Database database = new Database(
            (Guard) Proxy.newProxyInstance(
                    DatabaseTest.class.getClassLoader(),
                    new Class<?>[] {Guard.class},
                    (guard, method, arguments) -> method.getReturnType() == boolean.class ? true : null),
            "jdbc:h2:mem:long");

    @Test
    void a_long_statement_is_ruled_on_once_as_a_short_one_is() {
        for (int length : new int[] {100, 20_000}) {
            String sql = "select id from staff where id in (" + "1, ".repeat(length / 3) + "1)";
            assertThat(database.statement(sql)).isSameAs(database.statement(new String(sql.toCharArray())));
        }
    }
}
