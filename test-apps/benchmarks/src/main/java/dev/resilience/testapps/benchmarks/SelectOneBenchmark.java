package dev.resilience.testapps.benchmarks;

import com.p6spy.engine.spy.P6DataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@code SELECT 1} through HikariCP as applications write it: borrow, prepare, execute, read to the end, close all three; and
 * on a statement that was prepared once. Nothing here knows of an agent: {@link JdbcBenchmarks} starts it with each.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SelectOneBenchmark {

    /** The database's address. */
    static final String URL = "benchmark.url";

    /** By what the pool is wrapped: {@code datasource-proxy}, {@code p6spy}, or nothing. */
    static final String WRAPPED = "benchmark.wrapped";

    private static final String SQL = "SELECT 1";

    private HikariDataSource pool;
    private DataSource source;
    private Connection connection;
    private PreparedStatement prepared;

    @Setup
    public void open() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(System.getProperty(URL));
        config.setMaximumPoolSize(4);
        pool = new HikariDataSource(config);
        source = switch (System.getProperty(WRAPPED, "")) {
            case "datasource-proxy" -> ProxyDataSourceBuilder.create(pool).build();
            case "p6spy" -> new P6DataSource(pool);
            default -> pool;
        };
        connection = source.getConnection();
        prepared = connection.prepareStatement(SQL);
    }

    @TearDown
    public void close() throws SQLException {
        prepared.close();
        connection.close();
        pool.close();
    }

    @Benchmark
    public int borrowed() throws SQLException {
        try (Connection borrowed = source.getConnection();
                PreparedStatement statement = borrowed.prepareStatement(SQL)) {
            return read(statement);
        }
    }

    @Benchmark
    public int prepared() throws SQLException {
        return read(prepared);
    }

    private static int read(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            int sum = 0;
            while (rows.next()) {
                sum += rows.getInt(1);
            }
            return sum;
        }
    }
}
