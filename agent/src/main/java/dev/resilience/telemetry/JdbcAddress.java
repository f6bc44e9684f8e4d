package dev.resilience.telemetry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a JDBC address says of its server, as the conventions name it. Credentials never leave the address.
 *
 * @param system {@code db.system.name}
 * @param port -1 when not written
 */
record JdbcAddress(
        String system,
        @Nullable String host,
        int port,
        @Nullable String database) {

    static JdbcAddress of(String url) {
        String rest = url.regionMatches(true, 0, "jdbc:", 0, 5) ? url.substring(5) : url;
        int colon = rest.indexOf(':');
        String subprotocol = (colon < 0 ? rest : rest.substring(0, colon)).toLowerCase(Locale.ROOT);
        String system = system(subprotocol);
        int slashes = rest.indexOf("//");
        if (slashes < 0) {
            return new JdbcAddress(system, null, -1, system.equals("h2database") ? local(rest) : null);
        }
        int from = slashes + 2;
        int end = from;
        while (end < rest.length() && "/;?".indexOf(rest.charAt(end)) < 0) {
            end++;
        }
        String authority =
                rest.substring(rest.lastIndexOf('@', end) + 1 > from ? rest.lastIndexOf('@', end) + 1 : from, end);
        int comma = authority.indexOf(',');
        String first = comma < 0 ? authority : authority.substring(0, comma);
        int portAt = first.startsWith("[") ? first.indexOf("]:") + 1 : first.lastIndexOf(':');
        String host = portAt > 0 ? first.substring(0, portAt) : first;
        int port = portAt > 0 ? port(first.substring(portAt + 1)) : -1;
        return new JdbcAddress(system, host.isEmpty() ? null : host, port, database(rest, end));
    }

    private static @Nullable String database(String rest, int from) {
        if (from < rest.length() && rest.charAt(from) == '/') {
            int end = from + 1;
            while (end < rest.length() && ";?:".indexOf(rest.charAt(end)) < 0) {
                end++;
            }
            return end == from + 1 ? null : rest.substring(from + 1, end);
        }
        String lower = rest.toLowerCase(Locale.ROOT);
        int named = lower.indexOf(";databasename=");
        if (named < 0) {
            return null;
        }
        int start = named + ";databasename=".length();
        int end = rest.indexOf(';', start);
        return end < 0 ? rest.substring(start) : rest.substring(start, end);
    }

    /** {@code h2:mem:booking;MODE=…} */
    private static @Nullable String local(String rest) {
        int end = rest.indexOf(';');
        String path = end < 0 ? rest : rest.substring(0, end);
        String name = path.substring(Math.max(path.lastIndexOf(':'), path.lastIndexOf('/')) + 1);
        return name.isEmpty() ? null : name;
    }

    private static int port(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException none) {
            return -1;
        }
    }

    private static String system(String subprotocol) {
        return switch (subprotocol) {
            case "h2" -> "h2database";
            case "sqlserver", "jtds" -> "microsoft.sql_server";
            case "oracle" -> "oracle.db";
            case "db2" -> "ibm.db2";
            case "hsqldb", "postgresql", "mysql", "mariadb", "sqlite", "derby", "clickhouse", "cockroachdb", "trino" ->
                subprotocol;
            case "pgsql" -> "postgresql";
            default -> "other_sql";
        };
    }
}
