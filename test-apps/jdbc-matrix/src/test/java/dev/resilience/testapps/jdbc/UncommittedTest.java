package dev.resilience.testapps.jdbc;

import com.alibaba.druid.pool.DruidDataSource;
import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.junit.jupiter.api.Nested;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The pools of {@link PoolsTest}, with auto-commit off. */
class UncommittedTest {

    @Nested
    class Hikari extends UncommittedConformance {

        @Override
        DataSource pool(String url) {
            HikariConfig config = PoolsTest.hikari(url);
            config.setAutoCommit(false);
            return new HikariDataSource(config);
        }

        @Override
        void close(DataSource pool) {
            ((HikariDataSource) pool).close();
        }
    }

    @Nested
    class Dbcp2 extends UncommittedConformance {

        @Override
        DataSource pool(String url) {
            BasicDataSource pool = PoolsTest.dbcp2(url);
            pool.setDefaultAutoCommit(false);
            return pool;
        }

        @Override
        void close(DataSource pool) throws Exception {
            ((BasicDataSource) pool).close();
        }
    }

    @Nested
    class Tomcat extends UncommittedConformance {

        @Override
        DataSource pool(String url) {
            org.apache.tomcat.jdbc.pool.DataSource pool = PoolsTest.tomcat(url);
            pool.setDefaultAutoCommit(false);
            return pool;
        }

        @Override
        void close(DataSource pool) {
            ((org.apache.tomcat.jdbc.pool.DataSource) pool).close(true);
        }
    }

    @Nested
    class C3p0 extends UncommittedConformance {

        @Override
        DataSource pool(String url) throws Exception {
            return PoolsTest.c3p0(url);
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) {
            ((ComboPooledDataSource) pool).close();
        }
    }

    @Nested
    class Agroal extends UncommittedConformance {

        @Override
        DataSource pool(String url) throws Exception {
            return AgroalDataSource.from(agroal(url));
        }

        @Override
        void close(DataSource pool) {
            ((AgroalDataSource) pool).close();
        }
    }

    @Nested
    class AgroalThatTestsNothing extends UncommittedConformance {

        @Override
        DataSource pool(String url) throws Exception {
            AgroalDataSourceConfigurationSupplier configuration = agroal(url);
            configuration.connectionPoolConfiguration().validateOnBorrow(false);
            return AgroalDataSource.from(configuration);
        }

        @Override
        boolean givesUpDeadOnes() {
            return false;
        }

        @Override
        void close(DataSource pool) {
            ((AgroalDataSource) pool).close();
        }
    }

    @Nested
    class Druid extends UncommittedConformance {

        @Override
        DataSource pool(String url) {
            DruidDataSource pool = PoolsTest.druid(url);
            pool.setDefaultAutoCommit(false);
            return pool;
        }

        @Override
        void close(DataSource pool) {
            ((DruidDataSource) pool).close();
        }
    }

    @Nested
    class SpringDriverManager extends UncommittedConformance {

        @Override
        DataSource pool(String url) {
            return new DriverManagerDataSource(url, PoolsTest.USER, "");
        }

        @Override
        void close(DataSource pool) {
            // It holds nothing.
        }
    }

    private static AgroalDataSourceConfigurationSupplier agroal(String url) {
        AgroalDataSourceConfigurationSupplier configuration = PoolsTest.agroal(url, "");
        configuration
                .connectionPoolConfiguration()
                .connectionFactoryConfiguration()
                .autoCommit(false);
        return configuration;
    }
}
