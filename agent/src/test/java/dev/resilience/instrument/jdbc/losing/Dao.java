package dev.resilience.instrument.jdbc.losing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** An application's own: no Connection, but abstract, and its method is named as the Connection's. */
public abstract class Dao {
    protected abstract Connection connection();

    public PreparedStatement prepareStatement(String sql) throws SQLException {
        return connection().prepareStatement(sql);
    }

    public static final class Mine extends Dao {
        private final Connection connection;

        public Mine(Connection connection) {
            this.connection = connection;
        }

        @Override
        protected Connection connection() {
            return connection;
        }
    }
}
