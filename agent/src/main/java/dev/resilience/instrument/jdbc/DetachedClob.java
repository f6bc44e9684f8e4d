package dev.resilience.instrument.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.NClob;
import java.sql.SQLException;
import javax.sql.rowset.serial.SerialClob;
import javax.sql.rowset.serial.SerialException;

/** A large text at hand, of national characters or others. */
final class DetachedClob extends SerialClob implements NClob {

    private static final long serialVersionUID = 1L;

    DetachedClob(String text) throws SQLException {
        super(text.toCharArray());
    }

    /** As drivers give it; the JDK's own has none. */
    @Override
    public InputStream getAsciiStream() throws SerialException {
        return new ByteArrayInputStream(
                getSubString(1, (int) Math.min(length(), Integer.MAX_VALUE)).getBytes(StandardCharsets.US_ASCII));
    }

    /** As much as there is, as JDBC says; the JDK's own has no empty one. */
    @Override
    public String getSubString(long position, int length) throws SerialException {
        int left = (int) Math.min(length, length() - position + 1);
        return left <= 0 && position >= 1 && length >= 0 ? "" : super.getSubString(position, left);
    }
}
