package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.awaitility.Awaitility;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.jdbi.v3.core.Jdbi;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.repository.Repository;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** What stands on JDBC keeps listing staff while PostgreSQL is away. */
class FrameworksTest {

    private static final Circuit CIRCUIT = new Circuit("frameworks");

    private static Gateway gateway;
    private static HikariDataSource pool;

    @BeforeAll
    static void start() throws IOException {
        gateway = new Gateway(PostgresServer.port());
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(PostgresServer.url(gateway.port(), "frameworks"));
        config.setUsername("postgres");
        config.setMaximumPoolSize(4);
        config.setConnectionTimeout(15_000);
        pool = new HikariDataSource(config);
    }

    @AfterAll
    static void stop() throws IOException {
        pool.close();
        gateway.close();
    }

    /** The pool may hold connections that the outage of the test before has broken. */
    @BeforeEach
    void healthy() {
        CIRCUIT.reset();
        pool.getHikariPoolMXBean().softEvictConnections();
        Awaitility.await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            try (Connection connection = pool.getConnection()) {
                return connection.isWrapperFor(org.postgresql.PGConnection.class) && connection.isValid(5);
            }
        });
        CIRCUIT.reset();
    }

    @AfterEach
    void back() throws IOException {
        gateway.restore();
    }

    @Test
    void jdbc_template() throws Exception {
        JdbcTemplate template = new JdbcTemplate(pool);
        lists(() -> template.queryForList("select name from staff where id < ? order by id", String.class, 10));
        goneFor(() -> template.queryForList("select name from staff where id < ? order by id", String.class, 10));
    }

    @Test
    void hibernate() throws Exception {
        try (SessionFactory factory = new Configuration()
                .addAnnotatedClass(Person.class)
                .setProperty("hibernate.hbm2ddl.auto", "none")
                .setProperty("hibernate.show_sql", "false")
                .buildSessionFactory(new org.hibernate.boot.registry.StandardServiceRegistryBuilder()
                        .applySetting("hibernate.connection.datasource", pool)
                        .build())) {
            Names query = () -> factory.fromTransaction(session -> session
                    .createSelectionQuery("from Person p where p.id < :most order by p.id", Person.class)
                    .setParameter("most", 10)
                    .getResultList()
                    .stream()
                    .map(person -> person.name)
                    .toList());
            lists(query);
            goneForTransactions(query);
        }
    }

    @Test
    void spring_data_jpa() throws Exception {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Application.class)) {
            People people = context.getBean(People.class);
            Names query = () -> people.findByIdLessThanOrderById(10).stream()
                    .map(person -> person.name)
                    .toList();
            lists(query);
            goneForTransactions(query);
        }
    }

    @Test
    void jooq() throws Exception {
        Names query = () -> DSL.using(pool, SQLDialect.POSTGRES)
                .select(DSL.field("name", String.class))
                .from("staff")
                .where(DSL.field("id", Integer.class).lt(10))
                .orderBy(DSL.field("id"))
                .fetch(0, String.class);
        lists(query);
        goneFor(query);
    }

    @Test
    void jdbi() throws Exception {
        Jdbi jdbi = Jdbi.create(pool);
        Names query = () ->
                jdbi.withHandle(handle -> handle.createQuery("select name from staff where id < :most order by id")
                        .bind("most", 10)
                        .mapTo(String.class)
                        .list());
        lists(query);
        goneFor(query);
    }

    @Test
    void mybatis() throws Exception {
        org.apache.ibatis.session.Configuration configuration = new org.apache.ibatis.session.Configuration(
                new Environment("test", new JdbcTransactionFactory(), pool));
        configuration.addMapper(StaffMapper.class);
        SqlSessionFactory factory = new SqlSessionFactoryBuilder().build(configuration);
        Names query = () -> {
            try (SqlSession session = factory.openSession()) {
                return session.getMapper(StaffMapper.class).names(10);
            }
        };
        lists(query);
        goneFor(query);
    }

    @Test
    void flyway_and_liquibase_migrate() throws Exception {
        org.flywaydb.core.Flyway flyway = org.flywaydb.core.Flyway.configure()
                .dataSource(pool)
                .schemas("flown")
                .locations("classpath:flyway")
                .load();
        assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);
        liquibase("liquibase.sql");
        assertThat(new JdbcTemplate(pool).queryForObject("select count(*) from based", Integer.class))
                .isEqualTo(1);
    }

    /** Spring Boot has it use the application's own pool: what it sets and puts back is no setting of the next user's. */
    @Test
    void what_flyway_had_of_the_pool_answers_like_all_of_it() throws Exception {
        HikariConfig own = new HikariConfig();
        pool.copyStateTo(own);
        own.setMaximumPoolSize(3);
        try (HikariDataSource flown = new HikariDataSource(own)) {
            org.flywaydb.core.Flyway.configure()
                    .dataSource(flown)
                    .schemas("flown_thrice")
                    .locations("classpath:flyway")
                    .load()
                    .migrate();
            List<Connection> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.add(flown.getConnection());
            }
            for (int i = 0; i < 3; i++) {
                assertThat(names(all.get(i), i)).containsExactly("Ada", "Grace");
                all.get(i).close();
            }
            gateway.cut();
            for (int i = 0; i < 3; i++) {
                try (Connection connection = flown.getConnection()) {
                    assertThat(names(connection, i)).containsExactly("Ada", "Grace");
                }
            }
        }
    }

    private static List<String> names(Connection connection, int which) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("select name from staff where id > -" + which + " order by id")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        }
    }

    /** They fail as without the agent, whatever a rule could answer, and work as soon as the database is back. */
    @Test
    void flyway_and_liquibase_are_given_nothing_but_the_database_itself() throws Exception {
        org.flywaydb.core.Flyway flyway = org.flywaydb.core.Flyway.configure()
                .dataSource(pool)
                .schemas("flown_twice")
                .table("history")
                .locations("classpath:flyway")
                .load();
        assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);
        assertThat(flyway.info().applied()).isNotEmpty();
        CIRCUIT.reset();
        gateway.cut();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(flyway::info).hasRootCauseInstanceOf(Exception.class);
        }
        opensFor(() -> new JdbcTemplate(pool).queryForList("select now()::text", String.class));
        assertThatThrownBy(flyway::migrate).hasRootCauseInstanceOf(Exception.class);
        assertThatThrownBy(() -> liquibase("liquibase.sql")).hasRootCauseInstanceOf(Exception.class);
        gateway.restore();
        healthy();
        assertThat(flyway.migrate().migrationsExecuted).isZero();
    }

    private static void liquibase(String changes) throws Exception {
        try (Connection connection = pool.getConnection()) {
            liquibase.database.Database database = liquibase.database.DatabaseFactory.getInstance()
                    .findCorrectDatabaseImplementation(new liquibase.database.jvm.JdbcConnection(connection));
            try (liquibase.Liquibase liquibase =
                    new liquibase.Liquibase(changes, new liquibase.resource.ClassLoaderResourceAccessor(), database)) {
                liquibase.update(new liquibase.Contexts());
            }
        }
    }

    private static void lists(Names query) throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThat(query.names()).containsExactly("Ada", "Grace");
        }
    }

    /** While the first failures are counted as well as after the circuit opened. */
    private static void goneFor(Names query) throws Exception {
        gateway.cut();
        for (int i = 0; i < 10; i++) {
            assertThat(query.names()).containsExactly("Ada", "Grace");
        }
    }

    /**
     * The commit of a transaction whose connection broke reaches the driver, and fails, until the circuit is open.
     */
    private static void goneForTransactions(Names query) throws Exception {
        gateway.cut();
        opensFor(query);
        goneFor(query);
    }

    private static void opensFor(Names query) {
        for (int i = 0; i < 50 && !CIRCUIT.state().equals("OPEN"); i++) {
            try {
                query.names();
            } catch (SQLException | RuntimeException broken) {
                assertThat(broken).hasStackTraceContaining("SQLException");
            }
        }
        assertThat(CIRCUIT.state()).isEqualTo("OPEN");
    }

    @FunctionalInterface
    interface Names {
        List<String> names() throws SQLException;
    }

    interface StaffMapper {
        @Select("select name from staff where id < #{most} order by id")
        List<String> names(int most);
    }

    interface People extends Repository<Person, Integer> {
        List<Person> findByIdLessThanOrderById(int most);
    }

    @org.springframework.context.annotation.Configuration
    @EnableTransactionManagement
    @EnableJpaRepositories(considerNestedRepositories = true)
    static class Application {

        /** The pool is the test's own: a context would close it. */
        @Bean
        DataSource dataSource() {
            return new DelegatingDataSource(pool);
        }

        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource source) {
            LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
            factory.setDataSource(source);
            factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
            factory.setManagedTypes(PersistenceManagedTypes.of(Person.class.getName()));
            return factory;
        }

        @Bean
        PlatformTransactionManager transactionManager(EntityManagerFactory factory) {
            return new JpaTransactionManager(factory);
        }
    }

    @Entity(name = "Person")
    @Table(name = "staff")
    static class Person {
        @Id
        Integer id;

        String name;
    }
}
