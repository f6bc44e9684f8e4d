package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.druid.pool.DruidDataSource;
import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.junit.jupiter.api.Test;

/**
 * All connections are lent, and each pool says in words of its own that a borrower waited in vain: he has an answer from storage,
 * and as nobody asked the database it counts as nothing.
 */
class ExhaustedPoolsTest {

    private static final int WAIT_MILLIS = 500;
    private static final Circuit CALM = new Circuit("calm");

    private final String url = PostgresServer.url(PostgresServer.port(), "calm-exhausted");

    @Test
    void hikari() throws Exception {
        HikariConfig config = PoolsTest.hikari(url);
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(WAIT_MILLIS);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            answers(pool);
        }
    }

    @Test
    void dbcp2() throws Exception {
        try (BasicDataSource pool = PoolsTest.dbcp2(url)) {
            pool.setMaxTotal(1);
            pool.setMaxWait(Duration.ofMillis(WAIT_MILLIS));
            answers(pool);
        }
    }

    @Test
    void tomcat() throws Exception {
        org.apache.tomcat.jdbc.pool.DataSource pool = PoolsTest.tomcat(url);
        try {
            pool.setMaxActive(1);
            pool.setMaxWait(WAIT_MILLIS);
            answers(pool);
        } finally {
            pool.close();
        }
    }

    @Test
    void c3p0() throws Exception {
        try (ComboPooledDataSource pool = PoolsTest.c3p0(url)) {
            pool.setMaxPoolSize(1);
            pool.setCheckoutTimeout(5 * WAIT_MILLIS);
            answers(pool);
        }
    }

    @Test
    void druid() throws Exception {
        try (DruidDataSource pool = PoolsTest.druid(url)) {
            pool.setMaxActive(1);
            pool.setMaxWait(WAIT_MILLIS);
            answers(pool);
        }
    }

    @Test
    void agroal() throws Exception {
        AgroalDataSourceConfigurationSupplier settings = PoolsTest.agroal(url, "");
        settings.connectionPoolConfiguration()
                .maxSize(1)
                .minSize(0)
                .initialSize(0)
                .acquisitionTimeout(Duration.ofMillis(WAIT_MILLIS));
        try (AgroalDataSource pool = AgroalDataSource.from(settings)) {
            answers(pool);
        }
    }

    private static void answers(DataSource pool) throws SQLException {
        assertThat(staff(pool)).isEqualTo("Ada Grace ");
        int before = CALM.failures();
        try (Connection lent = pool.getConnection()) {
            assertThat(lent.isValid(5)).isTrue();
            assertThat(staff(pool)).isEqualTo("Ada Grace ");
        }
        assertThat(CALM.failures()).isEqualTo(before);
        assertThat(staff(pool)).isEqualTo("Ada Grace ");
        assertThat(CALM.failures()).isEqualTo(before);
    }

    private static String staff(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select id, name from staff where id <> ? order by id");
                ResultSet rows = executed(statement)) {
            StringBuilder names = new StringBuilder();
            while (rows.next()) {
                names.append(rows.getString("name")).append(' ');
            }
            return names.toString();
        }
    }

    private static ResultSet executed(PreparedStatement statement) throws SQLException {
        statement.setInt(1, 18);
        return statement.executeQuery();
    }
}
