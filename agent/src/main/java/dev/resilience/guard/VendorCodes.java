package dev.resilience.guard;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Error codes by which a database says that it, and not the caller, is in trouble, where its SQLSTATE does not say so.
 *
 * <p>Sources: MySQL 8.4 Reference Manual "Server Error Message Reference" and MariaDB "Error Codes"; Oracle "Database Error
 * Messages" (TNS, ORA); Microsoft "Database Engine events and errors" and "Troubleshoot transient connection errors" of Azure
 * SQL; H2 {@code org.h2.api.ErrorCode}; SQLite "Result and Error Codes". PostgreSQL's SQLSTATEs say it all. Immutable.
 */
enum VendorCodes {
    /** From two thousand on, but for the client's own, the same number means something else to each of the two. */
    MYSQL_AND_MARIADB(
            new String[] {"com.mysql.", "software.amazon.jdbc.", "org.mariadb."},
            // too many connections (of a user, of all), limits reached, host blocked
            1040,
            1129,
            1203,
            1226,
            // shutting down, aborted, interrupted, idle for too long
            1053,
            1077,
            1080,
            1152,
            1184,
            1317,
            // network
            1042,
            1043,
            1158,
            1159,
            1160,
            1161,
            2002,
            2003,
            2006,
            2013,
            // memory, disk, tables full
            1021,
            1037,
            1038,
            1041,
            1114,
            // time-out: lock wait
            1205),
    // max_execution_time; idle for too long
    MYSQL(new String[] {"com.mysql.", "software.amazon.jdbc."}, 3024, 4031),
    // killed; max_statement_time
    MARIADB(new String[] {"org.mariadb."}, 1927, 1969),
    ORACLE(
            new String[] {"oracle."},
            // sessions, processes, licences
            18,
            19,
            20,
            2391,
            // killed, not logged on, starting, stopping, gone
            28,
            1012,
            1014,
            1033,
            1034,
            1035,
            1089,
            1090,
            1092,
            1109,
            3113,
            3114,
            3135,
            25408,
            // time-outs, cancelled by a time-out
            51,
            1013,
            // memory and space
            257,
            1652,
            1653,
            1654,
            4030,
            4031,
            // the network and its listener
            12153,
            12170,
            12203,
            12224,
            12500,
            12505,
            12514,
            12516,
            12518,
            12519,
            12520,
            12526,
            12527,
            12528,
            12535,
            12537,
            12541,
            12543,
            12545,
            12547,
            12560,
            12564,
            12570,
            12571,
            // the driver's own
            17002,
            17008,
            17016,
            17143,
            17410,
            17447,
            18714,
            18730),
    SQL_SERVER(
            new String[] {"com.microsoft.sqlserver.", "net.sourceforge.jtds."},
            // network
            64,
            121,
            233,
            10053,
            10054,
            10060,
            // shutting down, paused, starting, database or replica not to be reached
            976,
            983,
            4060,
            4221,
            6005,
            17142,
            17187,
            18401,
            40613,
            // memory, log, resource governance of Azure SQL
            701,
            802,
            1105,
            8645,
            8651,
            9002,
            10928,
            10929,
            40197,
            40501,
            49918,
            49919,
            49920,
            // lock request time-out
            1222),
    H2(
            new String[] {"org.h2."},
            // in use elsewhere, I/O, connection broken, closed, out of memory, closing
            90020,
            90028,
            90031,
            90067,
            90098,
            90108,
            90121),
    SQLITE(
            new String[] {"org.sqlite."},
            // busy, locked, no memory, I/O, corrupt, full, cannot open, not a database
            5,
            6,
            7,
            10,
            11,
            13,
            14,
            26);

    /** H2's states for addresses and files that it does not understand: its class for them is that of a database that is away. */
    private static final Set<String> NOT_UNDERSTOOD =
            Set.of("90021", "90046", "90047", "90048", "90049", "90050", "90055", "90060", "90113");

    /** Frames of an exception's stack looked at for its vendor: several drivers throw the JDK's own classes. */
    private static final int NEAREST_FRAMES = 8;

    private final String[] packages;
    private final int[] codes;

    VendorCodes(String[] packages, int... codes) {
        this.packages = packages;
        this.codes = codes.clone();
        Arrays.sort(this.codes);
    }

    /** Whether a state is one by which a vendor says that the caller is wrong, whatever class it has for it. */
    static boolean areCallers(String state) {
        return NOT_UNDERSTOOD.contains(state);
    }

    static boolean blames(SQLException failure) {
        int code = failure.getErrorCode();
        if (code == 0) {
            return false;
        }
        String told = vendorsClass(failure);
        for (VendorCodes vendor : values()) {
            if (told != null && vendor.wrote(told) && Arrays.binarySearch(vendor.codes, code) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The class by which the vendor is known: the failure's own, or of the code that threw it. */
    private static @Nullable String vendorsClass(SQLException failure) {
        String own = failure.getClass().getName();
        if (isKnown(own)) {
            return own;
        }
        StackTraceElement[] stack = failure.getStackTrace();
        for (int i = 0; i < stack.length && i < NEAREST_FRAMES; i++) {
            if (isKnown(stack[i].getClassName())) {
                return stack[i].getClassName();
            }
        }
        return null;
    }

    private static boolean isKnown(String className) {
        for (VendorCodes vendor : values()) {
            if (vendor.wrote(className)) {
                return true;
            }
        }
        return false;
    }

    private boolean wrote(String className) {
        for (String name : packages) {
            if (className.startsWith(name)) {
                return true;
            }
        }
        return false;
    }
}
