package com.example.booking;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.util.Optional;

/**
 * Takes bookings for a small clinic: free times come from cal.com, staff from the clinic's PostgreSQL,
 * by plain JDBC or by Spring Data JPA ({@code /staff?through=hibernate}).
 *
 * <p>Configured by environment: {@code PORT} (default 8080, 0 for any free one), {@code CALCOM_URL}, {@code JDBC_URL}, {@code JDBC_USER}, {@code
 * JDBC_PASSWORD}.
 */
public final class BookingApplication {

    /** Long enough for a pool that must connect anew, short enough for a person who waits. Milliseconds. */
    private static final long CONNECTION_TIMEOUT = 3_000;

    private BookingApplication() {}

    public static void main(String[] arguments) throws Exception {
        CalCom calCom = new CalCom(URI.create(setting("CALCOM_URL", "https://api.cal.com")));
        HikariDataSource pool = pool();
        FrontDoor door = new FrontDoor(
                Integer.parseInt(setting("PORT", "8080")),
                calCom,
                new StaffDirectory(pool),
                new StaffByHibernate(pool));
        door.open();
        System.out.println("booking listens on http://127.0.0.1:" + door.port());
    }

    private static HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(setting("JDBC_URL", "jdbc:postgresql://127.0.0.1:5432/booking"));
        config.setUsername(setting("JDBC_USER", "postgres"));
        config.setPassword(setting("JDBC_PASSWORD", ""));
        config.setMaximumPoolSize(5);
        config.setConnectionTimeout(CONNECTION_TIMEOUT);
        // The clinic's front door opens even while its database is away.
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    private static String setting(String name, String otherwise) {
        return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
    }
}
