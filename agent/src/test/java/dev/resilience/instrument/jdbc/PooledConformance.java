package dev.resilience.instrument.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/** By a HikariCP pool of three. */
abstract class PooledConformance extends JdbcConformance {

    HikariDataSource pool;

    abstract String address();

    String user() {
        return "sa";
    }

    @Override
    void begin() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(address());
        config.setUsername(user());
        config.setPassword("");
        config.setMaximumPoolSize(3);
        config.setConnectionTimeout(10_000);
        pool = new HikariDataSource(config);
    }

    @Override
    void end() {
        pool.close();
    }

    @Override
    Connection connect() throws SQLException {
        return pool.getConnection();
    }
}
