package dev.resilience.instrument.jdbc;

import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import org.jspecify.annotations.Nullable;

/** What a result cannot give, thrown as the database's own driver throws it: by the class of JDBC's, the state, the code. */
enum Refusal {
    CLOSED("24000"),
    NO_ROW("24000"),
    NO_COLUMN("07009"),
    NO_COLUMN_NAMED("42703"),
    /** By the metadata. */
    NO_COLUMN_TOLD("07009"),
    CONVERSION("22018"),
    OUT_OF_RANGE("22003"),
    FEATURE("0A000");

    private final String state;

    Refusal(String state) {
        this.state = state;
    }

    SQLException of(Vendor vendor, String message, @Nullable Throwable cause) {
        SQLException refusal = switch (vendor) {
            case POSTGRESQL -> ofPostgres(message);
            case MYSQL -> ofMySql(message);
            case MARIADB -> ofMariaDb(message);
            case H2 -> ofH2(message);
            default ->
                this == FEATURE
                        ? new SQLFeatureNotSupportedException(message, state)
                        : new SQLException(message, state);
        };
        if (cause != null) {
            refusal.initCause(cause);
        }
        return refusal;
    }

    private SQLException ofPostgres(String message) {
        return switch (this) {
            case CLOSED -> new SQLException(message, "55000");
            case NO_COLUMN, NO_COLUMN_TOLD, CONVERSION -> new SQLException(message, "22023");
            case FEATURE -> new SQLFeatureNotSupportedException(message, state);
            default -> new SQLException(message, state);
        };
    }

    private SQLException ofMySql(String message) {
        return switch (this) {
            case CLOSED, NO_ROW -> new SQLException(message, "S1000");
            case NO_COLUMN -> new SQLException(message, "S1009");
            case NO_COLUMN_TOLD -> new SQLException(message, "S1002");
            case NO_COLUMN_NAMED -> new SQLSyntaxErrorException(message, "42S22");
            case CONVERSION, OUT_OF_RANGE -> new SQLDataException(message, state);
            case FEATURE -> new SQLFeatureNotSupportedException(message);
        };
    }

    private SQLException ofMariaDb(String message) {
        return switch (this) {
            case CLOSED -> new SQLException(message, "HY000");
            case NO_ROW -> new SQLDataException(message, "22023");
            case NO_COLUMN, NO_COLUMN_NAMED -> new SQLException(message);
            case NO_COLUMN_TOLD -> new SQLSyntaxErrorException(message, "42000");
            case CONVERSION, OUT_OF_RANGE -> new SQLDataException(message);
            case FEATURE -> new SQLFeatureNotSupportedException(message, state);
        };
    }

    private SQLException ofH2(String message) {
        return switch (this) {
            case CLOSED -> new SQLNonTransientException(message, "90007", 90_007);
            case NO_ROW -> new SQLNonTransientException(message, "02000", 2_000);
            case NO_COLUMN, NO_COLUMN_TOLD -> new SQLDataException(message, "90008", 90_008);
            case NO_COLUMN_NAMED -> new SQLSyntaxErrorException(message, "42S22", 42_122);
            case CONVERSION -> new SQLDataException(message, state, 22_018);
            case OUT_OF_RANGE -> new SQLDataException(message, state, 22_003);
            case FEATURE -> new SQLFeatureNotSupportedException(message, "HYC00", 50_100);
        };
    }
}
