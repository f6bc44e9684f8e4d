package dev.resilience.instrument.jdbc;

import java.sql.NClob;
import java.sql.SQLException;
import javax.sql.rowset.serial.SerialClob;

/** A large text of national characters, at hand. */
final class DetachedNClob extends SerialClob implements NClob {

    private static final long serialVersionUID = 1L;

    DetachedNClob(String text) throws SQLException {
        super(text.toCharArray());
    }
}
