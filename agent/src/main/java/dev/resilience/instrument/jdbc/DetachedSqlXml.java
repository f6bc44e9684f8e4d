package dev.resilience.instrument.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLXML;
import javax.xml.transform.Result;
import javax.xml.transform.Source;
import javax.xml.transform.sax.SAXSource;
import javax.xml.transform.stream.StreamSource;
import org.jspecify.annotations.Nullable;
import org.xml.sax.InputSource;

/** An XML value at hand, read only. To parse it is left to who asks for it. */
final class DetachedSqlXml implements SQLXML {

    private @Nullable String text;

    DetachedSqlXml(String text) {
        this.text = text;
    }

    @Override
    public void free() {
        text = null;
    }

    @Override
    public InputStream getBinaryStream() throws SQLException {
        return new ByteArrayInputStream(getString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Reader getCharacterStream() throws SQLException {
        return new StringReader(getString());
    }

    @Override
    public String getString() throws SQLException {
        if (text == null) {
            throw new SQLException("This XML value was freed", "55000");
        }
        return text;
    }

    @Override
    public <T extends Source> T getSource(@Nullable Class<T> type) throws SQLException {
        Source source = null;
        if (type == null || type == StreamSource.class) {
            source = new StreamSource(getCharacterStream());
        } else if (type == SAXSource.class) {
            source = new SAXSource(new InputSource(getCharacterStream()));
        }
        if (source == null) {
            throw new SQLFeatureNotSupportedException("A stored XML value has no such source: " + type);
        }
        @SuppressWarnings("unchecked")
        T wanted = (T) source;
        return wanted;
    }

    @Override
    public OutputStream setBinaryStream() throws SQLException {
        throw readOnly();
    }

    @Override
    public Writer setCharacterStream() throws SQLException {
        throw readOnly();
    }

    @Override
    public void setString(String value) throws SQLException {
        throw readOnly();
    }

    @Override
    public <T extends Result> T setResult(Class<T> type) throws SQLException {
        throw readOnly();
    }

    private static SQLException readOnly() {
        return new SQLFeatureNotSupportedException("An answer in the database's place is read only");
    }
}
