package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A driver that does not say that a transaction failed may have made a rollback of its commit. */
class StandingTest {

    private final SessionSettings session = SessionSettings.of("jdbc:postgresql:d");

    /** As PostgreSQL's driver's. */
    public interface Telling extends Connection {
        Object getTransactionState();
    }

    @Test
    void what_was_set_is_in_force_only_where_the_driver_says_that_it_is_committed() {
        setAndEnd("OPEN");
        assertThat(session.known()).isTrue();
        assertThat(session.text()).contains("theirs");
        session.begunAnew();
        setAndEnd("FAILED");
        assertThat(session.isAsItBegan()).isTrue();
    }

    @Test
    void nothing_is_known_where_it_says_neither() {
        setAndEnd("LOST");
        assertThat(session.known()).isFalse();
    }

    @Test
    void nor_where_it_cannot_say() {
        session.isOf(object(Connection.class, Map.of()));
        session.heard("set search_path to theirs");
        session.heard("commit");
        assertThat(session.known()).isFalse();
    }

    @Test
    void but_what_was_set_for_the_transaction_alone_is_over_in_any_case() {
        session.isOf(object(Connection.class, Map.of()));
        session.heard("set local search_path to theirs");
        session.ended();
        assertThat(session.isAsItBegan()).isTrue();
    }

    @Test
    void a_driver_that_wraps_another_is_looked_behind() {
        Connection driver = object(Telling.class, Map.of("getTransactionState", "FAILED"));
        DatabaseMetaData metaData = object(DatabaseMetaData.class, Map.of("getConnection", driver));
        assertThat(Standing.on(object(Connection.class, Map.of("getMetaData", metaData))))
                .isEqualTo(Standing.FAILED);
    }

    private void setAndEnd(String state) {
        session.isOf(object(Telling.class, Map.of("getTransactionState", state)));
        session.heard("set search_path to theirs");
        session.ended();
    }

    private static <T> T object(Class<T> type, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader() == null ? StandingTest.class.getClassLoader() : type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName())));
    }
}
