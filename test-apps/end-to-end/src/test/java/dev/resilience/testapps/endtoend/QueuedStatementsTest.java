package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.PostgresProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Writes that were accepted while PostgreSQL was dead reach it in their order, whoever is killed meanwhile. */
class QueuedStatementsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private TemporaryDirectory directory;
    private PostgresProcess postgres;
    private Path config;

    @BeforeEach
    void start() throws IOException, SQLException {
        directory = new TemporaryDirectory("ledger-");
        postgres = new PostgresProcess(directory.child("postgres"));
        postgres.run("postgres", "create table ledger (line serial, n int, what jsonb)");
        config = Configs.write(directory.path(), """
                application: ledger
                state_dir: %s
                admin: {enabled: false}
                services:
                  database:
                    breaker: {failure_threshold: 2, open_when: either, timeout: 1s, half_open_timeout: 5s}
                    deadline: 5s
                    endpoints:
                      - name: entries
                        jdbc: {url: "jdbc:postgresql:*", sql: "insert into ledger*"}
                        fallback: [{queue: {max_attempts: 1000, backoff: 100ms, max_backoff: 1s, update_count: 1}}]
                """.formatted(directory.child("state")));
    }

    @AfterEach
    void end() throws IOException {
        postgres.close();
        directory.close();
    }

    @Test
    void accepted_writes_survive_the_database_and_two_jvms_and_are_made_in_their_order() throws Exception {
        try (JvmUnderTest first = ledger()) {
            assertThat(enter(first, "0")).isEqualTo("1 entered");
            postgres.kill();
            IntStream.range(1, 60).forEach(n -> assertThat(enter(first, n + "")).isEqualTo("1 entered"));
            assertThat(enter(first, "1000 together"))
                    .startsWith("failed, 08000")
                    .contains("the statement cannot be queued: it is part of a transaction");
            kill(first);
        }
        try (JvmUnderTest second = ledger()) {
            IntStream.range(60, 120)
                    .forEach(n -> assertThat(enter(second, n + "")).isEqualTo("1 entered"));
            postgres.start();
            await().atMost(PATIENCE).until(() -> entered().size() > 5);
            kill(second);
        }
        try (JvmUnderTest third = ledger()) {
            // Whose database it is, an instance learns by its application's own calls.
            assertThat(enter(third, "2000")).isEqualTo("1 entered");
            await().atMost(PATIENCE).until(() -> new LinkedHashSet<>(entered()).size() >= 121);
        }
        List<Integer> all = entered();
        assertThat(all).doesNotContain(1000);
        all.remove(Integer.valueOf(2000));
        assertThat(new LinkedHashSet<>(all))
                .containsExactlyElementsOf(IntStream.range(0, 120).boxed().toList());
        assertThat(all.size() - 120)
                .as("entered twice: what was under way when its JVM was killed, one of a line at a time")
                .isLessThanOrEqualTo(1);
    }

    private JvmUnderTest ledger() {
        JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory.path())
                .agent(Built.agent(), config)
                .jvm("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .main(
                        Built.tinyApplications() + File.pathSeparator + driver(),
                        "com.example.ledger.Ledger",
                        // The server of these tests answers before it has written what it answers for.
                        postgres.jdbcUrl("postgres") + "?user=" + postgres.user()
                                + "&options=-c%20synchronous_commit=on");
        jvm.awaitOut("ready");
        jvm.awaitErr("protects 1 service");
        return jvm;
    }

    private static String enter(JvmUnderTest ledger, String line) {
        try {
            ledger.type(line);
        } catch (IOException ended) {
            throw new IllegalStateException(ended);
        }
        String prefix = line.split(" ")[0] + ": ";
        String said = ledger.awaitOut(prefix);
        return said.substring(said.indexOf(prefix) + prefix.length());
    }

    private static void kill(JvmUnderTest ledger) {
        ledger.kill();
        await().atMost(PATIENCE).until(() -> !ledger.alive());
    }

    /** Numbers in the order in which they came into the table. */
    private List<Integer> entered() throws SQLException {
        List<Integer> numbers = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("postgres"), postgres.user(), "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select n, what ->> 'entry' from ledger order by line")) {
            while (rows.next()) {
                assertThat(rows.getInt(2)).isEqualTo(rows.getInt(1));
                numbers.add(rows.getInt(1));
            }
        }
        return numbers;
    }

    private static String driver() {
        return Path.of(org.postgresql.Driver.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
    }
}
