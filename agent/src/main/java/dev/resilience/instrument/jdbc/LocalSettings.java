package dev.resilience.instrument.jdbc;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long what is set by {@code set local} is in force, which databases do not agree on; told by their addresses. */
enum LocalSettings {
    /** Until the transaction ends; and what else it set is taken back with it when it is rolled back. */
    OF_TRANSACTION,

    /** As long as what is set by any other way. */
    OF_SESSION,

    UNKNOWN;

    private static final Pattern POSTGRESQLS_KIN = addressesOf(
            "postgres(?:ql)?|pgsql|postgis|pgvector|timescaledb|redshift|edb|yugabyte(?:db)?|cockroach(?:db)?|opengauss"
                    + "|gaussdb|dws|kingbase8?|greenplum|highgo|vastbase|polardb|uxdb");

    private static final Pattern MYSQLS_KIN =
            addressesOf("mysql(?:\\+srv)?|mariadb|singlestore|memsql|oceanbase|tidb|polardbx|percona");

    /** Maybe behind a driver's that wraps theirs; what follows one's own name is no database's. */
    private static Pattern addressesOf(String subprotocols) {
        return Pattern.compile(
                "(?is)jdbc[\\w-]*:(?:(?!(?:h2|hsqldb|derby|sqlite|oracle|sqlserver|db2|mysql|mariadb):)[\\w-]+:)*?(?:"
                        + subprotocols + "):.*");
    }

    /** @param url of the database, null where it is not known */
    static LocalSettings of(@Nullable String url) {
        if (url == null) {
            return UNKNOWN;
        }
        return arePostgresqls(url) ? OF_TRANSACTION : MYSQLS_KIN.matcher(url).matches() ? OF_SESSION : UNKNOWN;
    }

    /** Or those of a database that speaks as PostgreSQL does. */
    static boolean arePostgresqls(@Nullable String url) {
        return url != null && POSTGRESQLS_KIN.matcher(url).matches();
    }
}
