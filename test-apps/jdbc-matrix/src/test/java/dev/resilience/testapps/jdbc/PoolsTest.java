package dev.resilience.testapps.jdbc;

import com.alibaba.druid.pool.DruidDataSource;
import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.junit.jupiter.api.Nested;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Each pool over PostgreSQL's driver, with settings as they come but for the waits. c3p0 and Agroal test what they lend, because
 * by default they lend dead connections for ever. And again with each way that it has to test its connections and to set them up.
 */
class PoolsTest {

    static final String USER = "postgres";

    @Nested
    class Hikari extends PoolConformance {

        Hikari() {
            super("hikari");
        }

        @Override
        DataSource pool(String url) {
            return new HikariDataSource(hikari(url));
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) {
            ((HikariDataSource) pool).close();
        }
    }

    @Nested
    class HikariThatTestsAndSetsUpByStatements extends PoolConformance {

        HikariThatTestsAndSetsUpByStatements() {
            super("hikari-setup", "hikari_setup");
        }

        @Override
        DataSource pool(String url) throws Exception {
            HikariConfig config = hikari(url);
            config.setConnectionInitSql("set search_path to public");
            config.setConnectionTestQuery("select 1");
            return new HikariDataSource(config);
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) throws Exception {
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
    class Dbcp2ThatTestsAndSetsUpByStatements extends PoolConformance {

        Dbcp2ThatTestsAndSetsUpByStatements() {
            super("dbcp2-query", "dbcp2_query");
        }

        @Override
        DataSource pool(String url) throws Exception {
            BasicDataSource pool = dbcp2(url);
            pool.setValidationQuery("select 1");
            pool.setTestOnBorrow(true);
            pool.setTestOnCreate(true);
            pool.setConnectionInitSqls(List.of("set search_path to public"));
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
            return tomcat(url);
        }

        @Override
        boolean tests() {
            return false;
        }

        @Override
        void close(DataSource pool) {
            ((org.apache.tomcat.jdbc.pool.DataSource) pool).close(true);
        }
    }

    @Nested
    class TomcatThatTestsAndSetsUpByStatements extends PoolConformance {

        TomcatThatTestsAndSetsUpByStatements() {
            super("tomcat-query", "tomcat_query");
        }

        @Override
        DataSource pool(String url) throws Exception {
            org.apache.tomcat.jdbc.pool.DataSource pool = tomcat(url);
            pool.setValidationQuery("select 1");
            pool.setTestOnBorrow(true);
            pool.setTestOnConnect(true);
            pool.setInitSQL("set search_path to public");
            return pool;
        }

        @Override
        void close(DataSource pool) throws Exception {
            ((org.apache.tomcat.jdbc.pool.DataSource) pool).close(true);
        }
    }

    @Nested
    class TomcatThatAsksWhetherItsConnectionsAreValid extends PoolConformance {

        TomcatThatAsksWhetherItsConnectionsAreValid() {
            super("tomcat-valid", "tomcat_valid");
        }

        @Override
        DataSource pool(String url) throws Exception {
            org.apache.tomcat.jdbc.pool.DataSource pool = tomcat(url);
            pool.setTestOnBorrow(true);
            return pool;
        }

        @Override
        void close(DataSource pool) throws Exception {
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
            return c3p0(url);
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
    class C3p0ThatTestsByAQuery extends PoolConformance {

        C3p0ThatTestsByAQuery() {
            super("c3p0-query", "c3p0_query");
        }

        @Override
        DataSource pool(String url) throws Exception {
            ComboPooledDataSource pool = c3p0(url);
            pool.setPreferredTestQuery("select 1");
            return pool;
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) throws Exception {
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
            return AgroalDataSource.from(agroal(url, ""));
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) {
            ((AgroalDataSource) pool).close();
        }
    }

    @Nested
    class AgroalThatSetsUpByAStatement extends PoolConformance {

        AgroalThatSetsUpByAStatement() {
            super("agroal-setup", "agroal_setup");
        }

        @Override
        DataSource pool(String url) throws Exception {
            return AgroalDataSource.from(agroal(url, "set search_path to public"));
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) throws Exception {
            ((AgroalDataSource) pool).close();
        }
    }

    @Nested
    class Druid extends PoolConformance {

        Druid() {
            super("druid");
        }

        @Override
        DataSource pool(String url) throws Exception {
            return druid(url);
        }

        @Override
        boolean connectsOnDemand() {
            return false;
        }

        @Override
        void close(DataSource pool) throws Exception {
            ((DruidDataSource) pool).close();
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

    static HikariConfig hikari(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(USER);
        config.setMaximumPoolSize(3);
        config.setConnectionTimeout(15_000);
        return config;
    }

    static org.apache.tomcat.jdbc.pool.DataSource tomcat(String url) {
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

    static ComboPooledDataSource c3p0(String url) throws Exception {
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

    static AgroalDataSourceConfigurationSupplier agroal(String url, String setUp) {
        return new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(pool -> pool.maxSize(3)
                        .connectionValidator(AgroalConnectionPoolConfiguration.ConnectionValidator.defaultValidator())
                        .validateOnBorrow(true)
                        .acquisitionTimeout(Duration.ofSeconds(15))
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(url)
                                .principal(new NamePrincipal(USER))
                                .initialSql(setUp)));
    }

    static DruidDataSource druid(String url) {
        DruidDataSource pool = new DruidDataSource();
        pool.setUrl(url);
        // It takes the address's, which are of seconds, for milliseconds.
        pool.setConnectionProperties("connectTimeout=5000;socketTimeout=20000");
        pool.setUsername(USER);
        pool.setMaxActive(3);
        pool.setMaxWait(15_000);
        pool.setValidationQuery("select 1");
        pool.setTestOnBorrow(true);
        return pool;
    }

    static BasicDataSource dbcp2(String url) {
        BasicDataSource pool = new BasicDataSource();
        pool.setUrl(url);
        pool.setUsername(USER);
        pool.setMaxTotal(3);
        pool.setMaxWait(Duration.ofSeconds(15));
        return pool;
    }
}
