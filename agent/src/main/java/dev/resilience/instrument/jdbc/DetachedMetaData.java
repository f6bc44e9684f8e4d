package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;

/** Columns at hand as {@link ResultSetMetaData}. Immutable. */
record DetachedMetaData(List<Answer.Column> columns) implements ResultSetMetaData {

    static ResultSetMetaData of(List<Answer.Column> columns) {
        return new DetachedMetaData(columns);
    }

    @Override
    public int getColumnCount() {
        return columns.size();
    }

    @Override
    public String getColumnLabel(int column) throws SQLException {
        return at(column).label();
    }

    @Override
    public String getColumnName(int column) throws SQLException {
        return at(column).name();
    }

    @Override
    public int getColumnType(int column) throws SQLException {
        return at(column).sqlType();
    }

    @Override
    public String getColumnTypeName(int column) throws SQLException {
        return at(column).typeName();
    }

    @Override
    public String getColumnClassName(int column) throws SQLException {
        return at(column).className();
    }

    @Override
    public int getPrecision(int column) throws SQLException {
        return at(column).precision();
    }

    @Override
    public int getScale(int column) throws SQLException {
        return at(column).scale();
    }

    @Override
    public int isNullable(int column) throws SQLException {
        return at(column).nullable();
    }

    @Override
    public String getTableName(int column) throws SQLException {
        return at(column).table();
    }

    @Override
    public String getSchemaName(int column) throws SQLException {
        return at(column).schema();
    }

    @Override
    public String getCatalogName(int column) throws SQLException {
        at(column);
        return "";
    }

    @Override
    public int getColumnDisplaySize(int column) throws SQLException {
        return Math.max(at(column).precision(), at(column).label().length());
    }

    @Override
    public boolean isSigned(int column) throws SQLException {
        return switch (at(column).sqlType()) {
            case Types.TINYINT,
                    Types.SMALLINT,
                    Types.INTEGER,
                    Types.BIGINT,
                    Types.REAL,
                    Types.FLOAT,
                    Types.DOUBLE,
                    Types.NUMERIC,
                    Types.DECIMAL -> true;
            default -> false;
        };
    }

    @Override
    public boolean isCaseSensitive(int column) throws SQLException {
        return !isSigned(column);
    }

    @Override
    public boolean isSearchable(int column) throws SQLException {
        at(column);
        return true;
    }

    @Override
    public boolean isAutoIncrement(int column) throws SQLException {
        at(column);
        return false;
    }

    @Override
    public boolean isCurrency(int column) throws SQLException {
        at(column);
        return false;
    }

    @Override
    public boolean isReadOnly(int column) throws SQLException {
        at(column);
        return true;
    }

    @Override
    public boolean isWritable(int column) throws SQLException {
        at(column);
        return false;
    }

    @Override
    public boolean isDefinitelyWritable(int column) throws SQLException {
        at(column);
        return false;
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLException("resilience: columns at hand, not a " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    private Answer.Column at(int column) throws SQLException {
        if (column < 1 || column > columns.size()) {
            throw new SQLException("There is no column " + column + " among " + columns.size(), "07009");
        }
        return columns.get(column - 1);
    }
}
