package dev.resilience.testapps.jdbc;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What an application can do by a connection, and what came of it: results, or what was thrown. */
final class Features {

    private final Map<String, String> seen = new LinkedHashMap<>();
    private final Connection connection;

    private Features(Connection connection) {
        this.connection = connection;
    }

    /** @param key how the database declares a key that it generates */
    static Map<String, String> of(Connection connection, String key, String arrayType) throws SQLException {
        Features features = new Features(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists things");
            statement.execute("create table things(id " + key + ", name varchar(50), n int)");
            features.updates(statement);
            features.batches(statement);
            features.results(statement);
            features.transactions(statement);
            features.values(arrayType);
            features.mistakes(statement);
        }
        return features.seen;
    }

    private void updates(Statement statement) {
        see("update", () -> statement.executeUpdate("insert into things(name, n) values ('a', 1)"));
        see("generated keys", () -> {
            statement.executeUpdate("insert into things(name, n) values ('b', 2)", Statement.RETURN_GENERATED_KEYS);
            return firstColumn(statement.getGeneratedKeys());
        });
        see("generated keys by name", () -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into things(name, n) values (?, ?)", new String[] {"id"})) {
                insert.setString(1, "c");
                insert.setInt(2, 3);
                return insert.executeUpdate() + " " + firstColumn(insert.getGeneratedKeys());
            }
        });
        see("large update", () -> statement.executeLargeUpdate("update things set n = n + 1"));
        see("large update, prepared", () -> {
            try (PreparedStatement update = connection.prepareStatement("update things set n = n + ?")) {
                update.setInt(1, 1);
                return update.executeLargeUpdate();
            }
        });
        see(
                "counts",
                () -> statement.execute("update things set n = n") + " " + statement.getLargeUpdateCount() + " "
                        + statement.getMoreResults() + " " + statement.getUpdateCount());
    }

    private void batches(Statement statement) {
        see("batch", () -> {
            statement.addBatch("insert into things(name) values ('x')");
            statement.addBatch("insert into things(name) values ('y')");
            return Arrays.toString(statement.executeBatch());
        });
        see("batch with a mistake", () -> {
            statement.addBatch("insert into things(name) values ('x')");
            statement.addBatch("insert into no_such_table values (1)");
            try {
                return Arrays.toString(statement.executeBatch());
            } catch (BatchUpdateException mistake) {
                return Arrays.toString(mistake.getUpdateCounts()) + mistake.getSQLState();
            }
        });
        see("batch, prepared", () -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into things(name, n) values (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
                for (int i = 0; i < 3; i++) {
                    insert.setString(1, "p" + i);
                    insert.setInt(2, i);
                    insert.addBatch();
                }
                return Arrays.toString(insert.executeBatch()) + firstColumn(insert.getGeneratedKeys());
            }
        });
        see("large batch", () -> {
            statement.addBatch("update things set n = 7 where name = 'x'");
            return Arrays.toString(statement.executeLargeBatch());
        });
    }

    private void results(Statement plain) {
        see("several results", () -> {
            boolean rows = plain.execute("select 1; select 2");
            return rows
                    + firstColumn(plain.getResultSet())
                    + plain.getMoreResults()
                    + firstColumn(plain.getResultSet())
                    + plain.getMoreResults()
                    + plain.getUpdateCount();
        });
        see("scrolled", () -> {
            try (Statement statement =
                            connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
                    ResultSet rows = statement.executeQuery("select name from things order by id")) {
                return "" + rows.last() + rows.getRow() + rows.absolute(2) + rows.getString(1) + rows.previous()
                        + rows.isFirst() + rows.relative(2) + rows.getString(1);
            }
        });
        see("updated in place", () -> {
            try (Statement statement =
                            connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                    ResultSet rows = statement.executeQuery("select id, name, n from things order by id")) {
                rows.next();
                rows.updateString(2, "changed");
                rows.updateRow();
                rows.next();
                rows.deleteRow();
                return firstColumn(plain.executeQuery("select name from things order by id"));
            }
        });
        see("at most two", () -> {
            plain.setMaxRows(2);
            try {
                return firstColumn(plain.executeQuery("select name from things order by id"));
            } finally {
                plain.setMaxRows(0);
            }
        });
        see("the statement of its rows", () -> {
            ResultSet rows = plain.executeQuery("select 1");
            return (rows.getStatement() == plain) + "" + (plain.getConnection() == connection);
        });
        see("closed on completion", () -> {
            Statement statement = connection.createStatement();
            statement.closeOnCompletion();
            firstColumn(statement.executeQuery("select 1"));
            return statement.isClosed();
        });
        see(
                "settings",
                () -> plain.getQueryTimeout() + " " + connection.getNetworkTimeout() + " " + plain.getMaxRows());
        see(
                "wrapped",
                () -> plain.unwrap(Statement.class).getClass() + " "
                        + connection.unwrap(Connection.class).getClass());
    }

    private void transactions(Statement statement) throws SQLException {
        connection.setAutoCommit(false);
        see("savepoint", () -> {
            statement.executeUpdate("insert into things(name) values ('s1')");
            Savepoint savepoint = connection.setSavepoint("here");
            statement.executeUpdate("insert into things(name) values ('s2')");
            connection.rollback(savepoint);
            return firstColumn(statement.executeQuery("select name from things where name like 's%'"));
        });
        see("in portions", () -> {
            try (PreparedStatement select = connection.prepareStatement("select name from things order by id")) {
                select.setFetchSize(2);
                return firstColumn(select.executeQuery());
            }
        });
        connection.rollback();
        connection.setAutoCommit(true);
        see("rolled back", () -> firstColumn(statement.executeQuery("select name from things where name like 's%'")));
    }

    private void values(String arrayType) {
        see("array", () -> {
            Array array = connection.createArrayOf(arrayType, new Object[] {1, 2});
            try (PreparedStatement select = connection.prepareStatement("select cast(? as " + arrayType + " array)")) {
                select.setArray(1, array);
                try (ResultSet rows = select.executeQuery()) {
                    rows.next();
                    return Arrays.toString((Object[]) rows.getArray(1).getArray());
                }
            }
        });
        see("streams", () -> {
            try (PreparedStatement update = connection.prepareStatement("update things set name = ? where n = ?")) {
                update.setCharacterStream(1, new StringReader("streamed"), 8);
                update.setInt(2, 7);
                return update.executeUpdate();
            }
        });
        see("binary stream", () -> {
            try (PreparedStatement select = connection.prepareStatement("select ?")) {
                select.setBinaryStream(1, new ByteArrayInputStream(new byte[3]), 3);
                try (ResultSet rows = select.executeQuery()) {
                    rows.next();
                    return rows.getBinaryStream(1).readAllBytes().length;
                }
            }
        });
        see("call", () -> {
            try (CallableStatement call = connection.prepareCall("select 1 + ?")) {
                call.setInt(1, 4);
                call.execute();
                return firstColumn(call.getResultSet());
            }
        });
    }

    private void mistakes(Statement statement) {
        see("syntax", () -> statement.execute("selec 1"));
        see("twin", () -> statement.executeUpdate("insert into things(id, name) values (1, 'twin')"));
        see("no parameter", () -> {
            try (PreparedStatement select = connection.prepareStatement("select 1 + ?")) {
                return firstColumn(select.executeQuery());
            }
        });
    }

    private static String firstColumn(ResultSet rows) throws SQLException {
        try (rows) {
            StringBuilder text = new StringBuilder();
            while (rows.next()) {
                text.append(rows.getString(1)).append(',');
            }
            return text.toString();
        }
    }

    private void see(String what, Deed deed) {
        String came;
        try {
            came = String.valueOf(deed.done());
        } catch (Exception thrown) {
            String state = thrown instanceof SQLException e ? e.getSQLState() + " " + e.getErrorCode() : "";
            came = thrown.getClass().getName() + " " + state;
        }
        seen.put(what, came);
    }

    @FunctionalInterface
    private interface Deed {
        Object done() throws Exception;
    }
}
