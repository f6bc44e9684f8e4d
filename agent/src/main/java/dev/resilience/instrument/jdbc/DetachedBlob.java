package dev.resilience.instrument.jdbc;

import java.sql.SQLException;
import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialException;

/** Many bytes at hand. */
final class DetachedBlob extends SerialBlob {

    private static final long serialVersionUID = 1L;

    DetachedBlob(byte[] bytes) throws SQLException {
        super(bytes);
    }

    /** As many as there are, as JDBC says; the JDK's own has no empty one. */
    @Override
    public byte[] getBytes(long position, int length) throws SerialException {
        int left = (int) Math.min(length, length() - position + 1);
        return left <= 0 && position >= 1 && length >= 0 ? new byte[0] : super.getBytes(position, left);
    }
}
