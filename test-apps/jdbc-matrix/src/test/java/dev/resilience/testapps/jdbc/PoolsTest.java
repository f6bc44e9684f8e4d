package dev.resilience.testapps.jdbc;

import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import java.time.Duration;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.junit.jupiter.api.Nested;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Each pool over PostgreSQL's driver, with settings as they come but for the waits; c3p0 and Agroal test what they lend, because by default they lend dead connections for ever. */
class PoolsTest {

    private static final String USER = "postgres";

    @Nested
    class Hikari extends PoolConformance {

        Hikari() {
            super("hikari");
        }

        @Override
        DataSource pool(String url) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(url);
            config.setUsername(USER);
            config.setMaximumPoolSize(3);
            config.setConnectionTimeout(15_000);
            return new HikariDataSource(config);
        }

        @Override
        void close(DataSource pool) {
            ((HikariDataSource) pool).close();
        }
    }

    @Nested
    class Dbcp2 extends PoolConformance {

        Dbcp2() {
            super("dbcp2");
        }

        @Override
        DataSource pool(String url) {
            return dbcp2(url);
        }

        @Override
        void close(DataSource pool) throws Exception {
            ((BasicDataSource) pool).close();
        }
    }

    @Nested
    class Dbcp2WithPooledStatements extends PoolConformance {

        Dbcp2WithPooledStatements() {
            super("dbcp2-statements", "dbcp2s");
        }

        @Override
        DataSource pool(String url) {
            BasicDataSource pool = dbcp2(url);
            pool.setPoolPreparedStatements(true);
            pool.setValidationQuery("select 1");
            return pool;
        }

        @Override
        void close(DataSource pool) throws Exception {
            ((BasicDataSource) pool).close();
        }
    }

    @Nested
    class Tomcat extends PoolConformance {

        Tomcat() {
            super("tomcat");
        }

        @Override
        DataSource pool(String url) {
            org.apache.tomcat.jdbc.pool.DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource();
            pool.setUrl(url);
            pool.setDriverClassName("org.postgresql.Driver");
            pool.setUsername(USER);
            pool.setPassword("");
            pool.setMaxActive(3);
            pool.setInitialSize(1);
            pool.setMaxWait(15_000);
            return pool;
        }

        @Override
        void close(DataSource pool) {
            ((org.apache.tomcat.jdbc.pool.DataSource) pool).close(true);
        }
    }

    @Nested
    class C3p0 extends PoolConformance {

        C3p0() {
            super("c3p0");
        }

        @Override
        DataSource pool(String url) throws Exception {
            ComboPooledDataSource pool = new ComboPooledDataSource();
            pool.setDriverClass("org.postgresql.Driver");
            pool.setJdbcUrl(url);
            pool.setUser(USER);
            pool.setPassword("");
            pool.setInitialPoolSize(1);
            pool.setMinPoolSize(1);
            pool.setMaxPoolSize(3);
            pool.setTestConnectionOnCheckout(true);
            pool.setCheckoutTimeout(15_000);
            pool.setAcquireRetryAttempts(3);
            pool.setAcquireRetryDelay(200);
            return pool;
        }

        @Override
        void close(DataSource pool) {
            ((ComboPooledDataSource) pool).close();
        }
    }

    @Nested
    class Agroal extends PoolConformance {

        Agroal() {
            super("agroal");
        }

        @Override
        DataSource pool(String url) throws Exception {
            return AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                    .connectionPoolConfiguration(pool -> pool.maxSize(3)
                            .connectionValidator(
                                    AgroalConnectionPoolConfiguration.ConnectionValidator.defaultValidator())
                            .validateOnBorrow(true)
                            .acquisitionTimeout(Duration.ofSeconds(15))
                            .connectionFactoryConfiguration(
                                    factory -> factory.jdbcUrl(url).principal(new NamePrincipal(USER)))));
        }

        @Override
        void close(DataSource pool) {
            ((AgroalDataSource) pool).close();
        }
    }

    @Nested
    class SpringDriverManager extends PoolConformance {

        SpringDriverManager() {
            super("spring");
        }

        @Override
        DataSource pool(String url) {
            return new DriverManagerDataSource(url, USER, "");
        }

        @Override
        void close(DataSource pool) {
            // It holds nothing.
        }
    }

    @Nested
    class TheDriversOwnSource extends PoolConformance {

        TheDriversOwnSource() {
            super("driver");
        }

        @Override
        DataSource pool(String url) {
            org.postgresql.ds.PGSimpleDataSource source = new org.postgresql.ds.PGSimpleDataSource();
            source.setURL(url);
            source.setUser(USER);
            return source;
        }

        @Override
        void close(DataSource pool) {
            // It holds nothing.
        }
    }

    private static BasicDataSource dbcp2(String url) {
        BasicDataSource pool = new BasicDataSource();
        pool.setUrl(url);
        pool.setUsername(USER);
        pool.setMaxTotal(3);
        pool.setMaxWait(Duration.ofSeconds(15));
        return pool;
    }
}
