package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;

/** Columns at hand as {@link ResultSetMetaData}. Immutable. */
record DetachedMetaData(List<Answer.Column> columns, Vendor vendor) implements ResultSetMetaData {

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
        return at(column).traits().catalog();
    }

    @Override
    public int getColumnDisplaySize(int column) throws SQLException {
        return at(column).traits().displaySize();
    }

    @Override
    public boolean isSigned(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.SIGNED);
    }

    @Override
    public boolean isCaseSensitive(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.CASE_SENSITIVE);
    }

    @Override
    public boolean isSearchable(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.SEARCHABLE);
    }

    @Override
    public boolean isAutoIncrement(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.AUTO_INCREMENT);
    }

    @Override
    public boolean isCurrency(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.CURRENCY);
    }

    @Override
    public boolean isReadOnly(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.READ_ONLY);
    }

    @Override
    public boolean isWritable(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.WRITABLE);
    }

    @Override
    public boolean isDefinitelyWritable(int column) throws SQLException {
        return at(column).traits().has(Answer.Traits.DEFINITELY_WRITABLE);
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
            throw Refusal.NO_COLUMN_TOLD.of(vendor, "There is no column " + column + " among " + columns.size(), null);
        }
        return columns.get(column - 1);
    }
}
